"""Asking for many at once without a timer: what is asked while an answer is under way waits, and is asked together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
log = logging.getLogger("alliv.chat")
MAX_TOGETHER = 200


class Together(Generic[Asked, Answer]):
    """`ask` gets a list and returns its answers in the same order. Each asking begins after all that it holds were asked for.

    `mention` is for whoever does not wait for the answer: its failures are logged.
    """

    def __init__(self, ask: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        self.ask = ask
        self.waiting: list[tuple[Asked, asyncio.Future[Answer] | None]] = []
        self.asking: asyncio.Task[None] | None = None

    async def __call__(self, one: Asked) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.put(one, future)
        return await future

    def mention(self, one: Asked) -> None:
        self.put(one, None)

    def put(self, one: Asked, future: "asyncio.Future[Answer] | None") -> None:
        self.waiting.append((one, future))
        if self.asking is None:
            self.asking = asyncio.get_running_loop().create_task(self.ask_all())

    async def ask_all(self) -> None:
        try:
            while self.waiting:
                group, self.waiting = self.waiting[:MAX_TOGETHER], self.waiting[MAX_TOGETHER:]
                await self.ask_once(group)
        finally:
            self.asking = None

    async def ask_once(self, group: "list[tuple[Asked, asyncio.Future[Answer] | None]]") -> None:
        try:
            answers = await self.ask([one for one, _ in group])
        except Exception as error:
            if any(future is None for _, future in group):
                log.warning("nobody waited for what failed", extra={"error": repr(error)})
            for _, future in group:
                if future is not None and not future.done():
                    future.set_exception(error)
        else:
            for (_, future), answer in zip(group, answers, strict=True):
                if future is not None and not future.done():
                    future.set_result(answer)
