"""One channel of the channel layer for a whole process, and the groups it wants to hear.

The layer may be away for a while. What could not be joined is remembered and tried again, and until then nothing is missing for good:
the hub looks into the database every other second. Without Redis there is no other process, and nothing to join.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from channels.layers import get_channel_layer

from chat.layer import CoalescingLayer
from chat.letters import Letter
from chat.together import Together

log = logging.getLogger("alliv.chat")
JOIN_SECONDS = 3.0
PAUSE_SECONDS = 5.0


class Transport:
    def __init__(self, receive: Callable[[Letter], None]) -> None:
        self.receive = receive
        layer = get_channel_layer()
        self.layer = layer if isinstance(layer, CoalescingLayer) else None
        self.channel = ""
        self.wanted: set[str] = set()
        self.joined: set[str] = set()
        self.join_together: Together[set[str], None] = Together(self.join_all)
        self.tried = asyncio.Event()
        self.pause_until = 0.0

    async def open(self) -> None:
        """Tries until there is a channel; every letter that comes through it goes to `receive`."""
        while self.layer is not None and not self.channel:
            try:
                self.channel = await self.layer.listen(self.hand_over)
            except Exception as error:
                log.warning("no letters can be received", extra={"error": repr(error)})
                await asyncio.sleep(0.5)
            finally:
                self.tried.set()
        await self.try_again()

    def hand_over(self, letter: Letter) -> None:
        try:
            self.receive(letter)
        except Exception:
            log.exception("a letter could not be read")

    async def join(self, groups: Iterable[str]) -> None:
        """Returns when letters to these groups arrive here, or when that cannot be had soon. Never raises."""
        new = set(groups) - self.joined
        loop = asyncio.get_running_loop()
        if self.layer is None or not new:
            return
        self.wanted |= new
        if loop.time() < self.pause_until:
            return
        try:
            await self.join_together(new)
        except Exception as error:
            log.warning("a group could not be joined", extra={"error": repr(error)})
            self.pause_until = loop.time() + PAUSE_SECONDS  # whoever connects now shall not wait as well

    async def join_all(self, asked: Sequence[set[str]]) -> list[None]:
        """For those who connect in the same moment; all wait for all."""
        assert self.layer is not None
        groups = set[str]().union(*asked)
        async with asyncio.timeout(JOIN_SECONDS):
            await self.tried.wait()
            if not self.channel:
                return [None] * len(asked)
            await self.layer.join(groups, self.channel)
        self.joined |= groups & self.wanted
        for group in groups - self.wanted:  # left while they were being joined
            await self.layer.group_discard(group, self.channel)
        return [None] * len(asked)

    async def look_again(self) -> None:
        """Every other second: who else is there, and what could not be joined."""
        if self.layer is not None:
            background(self.layer.look_for_others())
        await self.try_again()

    async def try_again(self) -> None:
        if missing := self.wanted - self.joined:
            await self.join(missing)

    def leave(self, groups: Iterable[str]) -> None:
        """What is joined again right behind it is joined: the layer keeps the order in which it was asked."""
        left = self.joined & set(groups)
        self.wanted.difference_update(groups)
        self.joined -= left
        if left and self.layer is not None:
            background(self.leave_all(self.layer, left))

    async def leave_all(self, layer: CoalescingLayer, groups: set[str]) -> None:
        try:
            for group in groups:
                await layer.group_discard(group, self.channel)
        except Exception as error:
            log.warning("a group could not be left", extra={"error": repr(error)})


_running: set[asyncio.Task[None]] = set()


def background(work: Coroutine[Any, Any, None]) -> None:
    """Runs it without anybody waiting; the loop itself would keep only a weak reference."""
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
