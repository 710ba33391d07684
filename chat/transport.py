"""One channel of the channel layer for a whole process, and the groups it wants to hear.

The layer may be away for a while. What could not be joined is remembered and tried again, and until then nothing is missing for good:
the hub looks into the database every other second.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from channels.layers import get_channel_layer

from chat.letters import Letter

log = logging.getLogger("alliv.chat")
JOIN_SECONDS = 3.0
PAUSE_SECONDS = 5.0


class Transport:
    def __init__(self, receive: Callable[[Letter], None]) -> None:
        self.receive = receive
        self.layer: Any = get_channel_layer()
        self.channel = ""
        self.wanted: set[str] = set()
        self.joined: set[str] = set()
        self.tried = asyncio.Event()
        self.pause_until = 0.0

    async def run(self) -> None:
        """Hands every letter to `receive`, for ever."""
        while True:
            try:
                await self.open()
                self.hand_over(await self.layer.receive(self.channel))
            except Exception as error:
                log.warning("no letters can be received", extra={"error": repr(error)})
                self.tried.set()
                await asyncio.sleep(0.5)

    def hand_over(self, letter: Letter) -> None:
        try:
            self.receive(letter)
        except Exception:
            log.exception("a letter could not be read")

    async def open(self) -> None:
        if not self.channel:
            self.channel = await self.layer.new_channel("chat")
            self.tried.set()
            await self.try_again()

    async def join(self, groups: Iterable[str]) -> None:
        """Returns when letters to these groups arrive here, or when that cannot be had soon. Never raises."""
        new = set(groups) - self.joined
        self.wanted |= new
        loop = asyncio.get_running_loop()
        if not new or loop.time() < self.pause_until:
            return
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await self.tried.wait()
                if self.channel:
                    await asyncio.gather(*(self.join_one(group) for group in new))
        except Exception as error:
            log.warning("a group could not be joined", extra={"error": repr(error)})
            self.pause_until = loop.time() + PAUSE_SECONDS  # whoever connects now shall not wait as well

    async def join_one(self, group: str) -> None:
        await self.layer.group_add(group, self.channel)
        if group in self.wanted:
            self.joined.add(group)
        else:  # left while it was being joined
            await self.layer.group_discard(group, self.channel)

    async def try_again(self) -> None:
        if missing := self.wanted - self.joined:
            await self.join(missing)

    def leave(self, groups: Iterable[str]) -> None:
        """What is joined again right behind it is joined: the layer keeps the order in which it was asked."""
        left = self.joined & set(groups)
        self.wanted.difference_update(groups)
        self.joined -= left
        if left:
            background(self.leave_all(left))

    async def leave_all(self, groups: set[str]) -> None:
        try:
            for group in groups:
                await self.layer.group_discard(group, self.channel)
        except Exception as error:
            log.warning("a group could not be left", extra={"error": repr(error)})


_running: set[asyncio.Task[None]] = set()


def background(work: Coroutine[Any, Any, None]) -> None:
    """Runs it without anybody waiting; the loop itself would keep only a weak reference."""
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
