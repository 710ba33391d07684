"""What waits to be written to one socket: bounded, in order, and slowing nobody.

While the peer reads, a frame is written in the very call that brings it: by `say`, where the server has that, or by its `send`, which is
stepped by hand and through at once. When it has to wait, a task takes over and frames queue up. When too much waits, the events of rooms
are dropped and a `gap` frame says afterwards which; whoever does not read at all for 20 seconds, or leaves answers to their own frames
lying, is closed with 1013.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from chat import frames
from chat.metrics import CLOSED

MAX_FRAMES = 256
MAX_CHARACTERS = 256 * 1024  # up to four bytes each
STALL_SECONDS, PARTING_SECONDS = 20.0, 0.5
TOO_SLOW = 1013

SendEvent = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]


class Entry(NamedTuple):
    """A frame's text. With a room it may be dropped; with a seq it leaves a gap when it is."""

    text: str
    room: UUID | None = None
    seq: int = 0


class Stepped:
    """Awaits what is left of a coroutine that has been stepped until it waited for something."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self.coroutine, self.waits_for = coroutine, waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self.waits_for
        try:
            while True:
                try:
                    value = yield waits_for
                except BaseException as error:
                    waits_for = self.coroutine.throw(error)
                else:
                    waits_for = self.coroutine.send(value)
        except StopIteration:
            return


def cannot(text: str) -> bool:
    return False


class Outbox:
    def __init__(self, send: SendEvent, give_up: Callable[[], None], say: Callable[[str], bool] = cannot) -> None:
        self.send, self.say = send, say
        self.give_up = give_up
        self.queue: deque[Entry] = deque()
        self.characters = 0
        self.lost: dict[UUID, tuple[int, int]] = {}
        self.pump: asyncio.Task[None] | None = None
        self.close_code: int | None = None

    @property
    def closing(self) -> bool:
        return self.close_code is not None

    def put(self, entry: Entry) -> None:
        if self.closing:
            return
        if self.pump is None and not self.lost:
            if not self.say(entry.text):
                self.write({"type": "websocket.send", "text": entry.text})
        elif entry.room in self.lost:
            self.drop(entry)
        else:
            self.keep(entry)

    def close(self, code: int, *, after_all: bool = False) -> None:
        """Ends the connection; what waits is dropped, or written first with `after_all`."""
        if self.closing:
            return
        self.close_code = code
        CLOSED.labels(code).inc()
        if not after_all:
            self.queue.clear()
            self.lost.clear()
        if self.pump is None:
            self.write(self.farewell())

    def farewell(self) -> dict[str, Any]:
        return {"type": "websocket.close", "code": self.close_code}

    def stop(self) -> None:
        """The connection is gone."""
        self.close_code = self.close_code or 1006
        if self.pump is not None:
            self.pump.cancel()

    async def idle(self) -> None:
        """Returns when nothing waits any more: for whoever brings more than fits."""
        while self.pump is not None:
            await asyncio.wait([self.pump])

    # --- Writing ---

    def write(self, event: dict[str, Any]) -> None:
        coroutine = self.send(event)
        try:
            waits_for = coroutine.send(None)
        except StopIteration:
            return
        except Exception:  # the peer has gone, or the frame cannot be written; either way nothing can be said any more
            self.close_code = self.close_code or 1006
            self.give_up()
            return
        self.pump = asyncio.get_running_loop().create_task(self.drain(Stepped(coroutine, waits_for)))

    async def drain(self, rest: Awaitable[None]) -> None:
        try:
            await patiently(rest)
            while (text := self.next_text()) is not None:
                await patiently(self.send({"type": "websocket.send", "text": text}))
            if self.closing:
                await patiently(self.send(self.farewell()))
        except TimeoutError:
            self.close_code = self.close_code or TOO_SLOW
            await self.part()
        except Exception:
            self.close_code = self.close_code or 1006
        finally:
            self.pump = None

    async def part(self) -> None:
        """Says goodbye behind what the peer may still take one day, where the server can do that, and leaves."""
        with suppress(Exception):
            async with asyncio.timeout(PARTING_SECONDS):
                await self.send(self.farewell())
        self.give_up()

    def next_text(self) -> str | None:
        if self.queue:
            entry = self.queue.popleft()
            self.characters -= len(entry.text)
            return entry.text
        if self.lost:
            room, (after, head) = self.lost.popitem()
            return frames.encode({"type": "gap", "room": str(room), "after": after, "head": head})
        return None

    # --- Keeping and losing ---

    def keep(self, entry: Entry) -> None:
        self.queue.append(entry)
        self.characters += len(entry.text)
        if self.is_full():
            self.shed()

    def is_full(self) -> bool:
        return len(self.queue) > MAX_FRAMES or self.characters > MAX_CHARACTERS

    def shed(self) -> None:
        """Drops all that a `gap` can stand for. What is left answers the peer's own frames, which they do not take: that is the end."""
        for entry in self.queue:
            self.drop(entry)
        self.queue = deque(entry for entry in self.queue if entry.room is None)
        self.characters = sum(len(entry.text) for entry in self.queue)
        if self.is_full():
            self.close(TOO_SLOW)

    def drop(self, entry: Entry) -> None:
        if entry.room is not None and entry.seq:
            self.lose(entry.room, entry.seq - 1, entry.seq)

    def lose(self, room: UUID, after: int, head: int) -> None:
        """The events behind `after` up to `head` will not be written; a `gap` will say so."""
        known_after, known_head = self.lost.get(room, (after, head))
        self.lost[room] = (min(after, known_after), max(head, known_head))

    def flush(self) -> None:
        """Tells of losses that came about while nothing was being written."""
        if self.lost and self.pump is None and not self.closing:
            self.pump = asyncio.get_running_loop().create_task(self.drain(asyncio.sleep(0)))


async def patiently(written: Awaitable[None]) -> None:
    async with asyncio.timeout(STALL_SECONDS):
        await written
