"""Asking for many at once without a timer: what is asked while an answer is under way waits, and is asked together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
MAX_TOGETHER = 200


class Together(Generic[Asked, Answer]):
    """`ask` gets a list and returns its answers in the same order. Each asking begins after all that it holds were asked for."""

    def __init__(self, ask: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        self.ask = ask
        self.waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self.asking: asyncio.Task[None] | None = None

    async def __call__(self, one: Asked) -> Answer:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self.waiting.append((one, future))
        if self.asking is None:
            self.asking = loop.create_task(self.ask_all())
        return await future

    async def ask_all(self) -> None:
        try:
            while self.waiting:
                group, self.waiting = self.waiting[:MAX_TOGETHER], self.waiting[MAX_TOGETHER:]
                await self.ask_once(group)
        finally:
            self.asking = None

    async def ask_once(self, group: list[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self.ask([one for one, _ in group])
        except Exception as error:
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), answer in zip(group, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
