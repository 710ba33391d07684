"""The post: takes letters from any thread to the channel layer. Never raises and never waits.

In a serving process letters leave on the hub's event loop. Elsewhere (a worker, a command) they leave on a loop of the post's own, which
is started for the first letter; without Redis nobody outside this process could read them, so there they are dropped.
"""

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Sequence

from channels.layers import get_channel_layer
from django.conf import settings

from chat.letters import Letter, group_of

log = logging.getLogger("alliv.chat")
_hub_loops: list[asyncio.AbstractEventLoop] = []
_sending: set[asyncio.Task[None]] = set()


def attach(loop: asyncio.AbstractEventLoop) -> None:
    _hub_loops.append(loop)


def detach(loop: asyncio.AbstractEventLoop) -> None:
    if loop in _hub_loops:
        _hub_loops.remove(loop)


def send(letters: Sequence[Letter]) -> None:
    """Call it after the commit."""
    if not letters:
        return
    for loop in _hub_loops[::-1]:
        try:
            loop.call_soon_threadsafe(send_here, letters)
            return
        except RuntimeError:  # the server of this loop was stopped without a word
            detach(loop)
    if settings.REDIS_URL:
        own_loop().call_soon_threadsafe(send_here, letters)


def send_here(letters: Sequence[Letter]) -> None:
    """`send` for whoever is on the loop already."""
    task = asyncio.get_running_loop().create_task(carry(letters))
    _sending.add(task)
    task.add_done_callback(_sending.discard)


async def carry(letters: Sequence[Letter]) -> None:
    layer = get_channel_layer()
    assert layer is not None
    results = await asyncio.gather(*(layer.group_send(group_of(letter), letter) for letter in letters), return_exceptions=True)
    if failures := [result for result in results if isinstance(result, Exception)]:
        log.warning("letters were lost; hubs will find what they told", extra={"lost": len(failures), "error": repr(failures[0])})


class OwnLoop(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="alliv-chat-post", daemon=True)
        self.loop = asyncio.new_event_loop()

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()  # Channels closes its connections with the loop

    def stop(self) -> None:
        if self.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.join(5)


_own: OwnLoop | None = None
_lock = threading.Lock()


def own_loop() -> asyncio.AbstractEventLoop:
    global _own
    with _lock:
        if _own is None or not _own.is_alive():
            _own = OwnLoop()
            _own.start()
        return _own.loop


def begin_anew() -> None:
    """A forked child has none of its parent's loops and threads."""
    global _own, _lock
    _own, _lock = None, threading.Lock()
    _hub_loops.clear()


def stop() -> None:
    """Ends the post's own loop, if it has one; the next letter starts another."""
    global _own
    with _lock:
        own, _own = _own, None
    if own is not None:
        own.stop()


os.register_at_fork(after_in_child=begin_anew)
atexit.register(stop)
