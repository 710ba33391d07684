"""Whether another process listens at a Redis server: one that is alone has nobody to tell what its own sockets have heard.

Everybody who subscribes to anything there calls on a channel of its own, at once and then again and again. Redis answers how many heard
the call, so a process is alone when it heard itself, nobody else did, and nobody else called. Whoever comes is heard at once. Where a call
gets lost, news comes late for a turn: by the heads of rooms, as it does without Redis.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("alliv.chat")
CALL_SECONDS = 1.0


class Census:
    """`publish` returns how many heard it."""

    def __init__(self, channel: str, mark: bytes, publish: Callable[[str, bytes], Awaitable[int]]) -> None:
        self.channel, self.mark, self.publish = channel, mark, publish
        self.alone = False
        self.begin_turn()

    def begin_turn(self) -> None:
        self.heard_itself = self.heard_another = False
        self.listeners = 0

    def hear(self, mark: bytes) -> None:
        if mark == self.mark:
            self.heard_itself = True
        else:
            self.heard_another, self.alone = True, False

    async def call(self) -> None:
        """Ends the turn that the call before began. Never raises: who knows nothing is not alone."""
        self.alone = self.heard_itself and self.listeners == 1 and not self.heard_another
        self.begin_turn()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                self.listeners = await self.publish(self.channel, self.mark)
        except Exception as error:
            log.info("nobody could be called", extra={"error": repr(error)})
