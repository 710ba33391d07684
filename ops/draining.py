"""Leaving in two steps: after SIGTERM every probe hears `draining` for a moment, then the server stops taking requests."""

import asyncio
import signal
from types import FrameType

from ops import health

ANNOUNCE_SECONDS = 1.0


def announce_first() -> None:
    """Call it on the loop of a serving process, once the server has its own handler. A second signal is held up no longer."""
    loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        return

    def announce(sig: int, frame: FrameType | None) -> None:
        if health.draining.is_set():
            stop(sig, frame)
        else:
            health.draining.set()
            loop.call_soon_threadsafe(loop.call_later, ANNOUNCE_SECONDS, stop, sig, None)

    signal.signal(signal.SIGTERM, announce)
