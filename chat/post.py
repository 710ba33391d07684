"""The post: takes letters from any thread to whoever hears them. Never raises and never waits.

In a serving process its own hub has them at once, and other processes by the channel layer. Elsewhere (a worker, a command) they leave on
a loop of the post's own, which is started for the first letter; without Redis nobody outside this process could read them, so there
they are dropped.
"""

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Callable, Sequence

from channels.layers import get_channel_layer
from django.conf import settings

from chat.layer import CoalescingLayer
from chat.letters import Letter, group_of

log = logging.getLogger("alliv.chat")
LAST_SECONDS = 2.0
Receive = Callable[[Letter], None]
_hubs: list[tuple[asyncio.AbstractEventLoop, Receive]] = []


def attach(loop: asyncio.AbstractEventLoop, receive: Receive) -> None:
    """The hub of a serving process: what lives on its event loop, and what takes letters there."""
    _hubs.append((loop, receive))


def detach(loop: asyncio.AbstractEventLoop) -> None:
    _hubs[:] = [hub for hub in _hubs if hub[0] is not loop]


def send(letters: Sequence[Letter]) -> None:
    """Call it after the commit."""
    if not letters:
        return
    for loop, receive in _hubs[::-1]:
        try:
            loop.call_soon_threadsafe(send_from, receive, letters)
            return
        except RuntimeError:  # the server of this loop was stopped without a word
            detach(loop)
    if settings.REDIS_URL:
        own_loop().call_soon_threadsafe(tell_others, letters)


def send_from(receive: Receive, letters: Sequence[Letter]) -> None:
    """`send` for whoever is on the hub's loop already."""
    for letter in letters:
        receive(letter)
    tell_others(letters)


def tell_others(letters: Sequence[Letter]) -> None:
    layer = get_channel_layer()
    if not isinstance(layer, CoalescingLayer):
        return
    for letter in letters:
        layer.tell(group_of(letter), letter)


class OwnLoop(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="alliv-chat-post", daemon=True)
        self.loop = asyncio.new_event_loop()

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(last_letters())
        self.loop.close()  # Channels closes its connections with the loop

    def stop(self) -> None:
        if self.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.join(5)


async def last_letters() -> None:
    """What is on its way may still arrive."""
    if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        _, late = await asyncio.wait(tasks, timeout=LAST_SECONDS)
        for task in late:
            task.cancel()


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
    _hubs.clear()


def stop() -> None:
    """Ends the post's own loop, if it has one; the next letter starts another."""
    global _own
    with _lock:
        own, _own = _own, None
    if own is not None:
        own.stop()


os.register_at_fork(after_in_child=begin_anew)
atexit.register(stop)
