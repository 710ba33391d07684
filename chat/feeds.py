"""A room as this process hears it: its events in order and without a hole, whatever the transport does.

Events that are doubled or late are dropped; behind a hole the log is read, so sockets get every event once and in the order of seq.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from uuid import UUID

from chat.frames import MAX_RESUMED_EVENTS
from chat.letters import Event, Note
from chat.metrics import HOLES
from chat.selectors import events_after
from chat.sockets import Socket
from chat.threads import in_thread

log = logging.getLogger("alliv.chat")
LATE_SECONDS = 0.3


class Feed:
    """`seq` is the last event that went to the sockets, None until the first look into the database; `head` the highest heard of."""

    def __init__(self, room: UUID) -> None:
        self.room = room
        self.sockets: set[Socket] = set()
        self.seq: int | None = None
        self.head = 0
        self.filling: asyncio.Task[None] | None = None

    def take(self, events: Iterable[Event]) -> None:
        for event in events:
            self.head = max(self.head, event.seq)
            if self.seq is not None and event.seq == self.seq + 1 and self.filling is None:
                self.seq = event.seq
                self.deliver(event)
        self.fill()

    def deliver(self, event: Event) -> None:
        for socket in tuple(self.sockets):
            socket.hear(self.room, event)

    def overhear(self, notes: Iterable[Note]) -> None:
        for note in notes:
            for socket in tuple(self.sockets):
                socket.overhear(self.room, note)

    def begin(self, head: int) -> None:
        """Everything up to `head` was read from the database by whoever opened the feed."""
        if self.seq is None:
            self.seq = head
            self.head = max(self.head, head)
            self.fill()

    def expect(self, head: int) -> None:
        """The database is at `head`; what does not arrive in a moment got lost."""
        if head > self.head:
            self.head = head
            asyncio.get_running_loop().call_later(LATE_SECONDS, self.fill)

    def fill(self) -> None:
        """Reads the log while there is a hole."""
        if self.seq is not None and self.seq < self.head and self.filling is None and self.sockets:
            self.filling = asyncio.get_running_loop().create_task(self.read_log())

    async def read_log(self) -> None:
        try:
            while self.seq is not None and self.seq < self.head:
                await self.read_once(self.seq, self.head)
        except Exception as error:  # the next look into the database tries again
            log.warning("a hole could not be filled", extra={"room": str(self.room), "error": repr(error)})
            self.head = self.seq or 0
        finally:
            self.filling = None

    async def read_once(self, after: int, head: int) -> None:
        HOLES.inc()
        events: Sequence[tuple[int, str]] = []
        if head - after <= MAX_RESUMED_EVENTS:
            events = await in_thread(events_after, self.room, after)
        if not events or len(events) > MAX_RESUMED_EVENTS:
            self.skip(after, head)
            return
        for seq, text in events:
            self.deliver(Event(seq, text))
        self.seq = max(head, events[-1][0])

    def skip(self, after: int, head: int) -> None:
        """Too much to read for everybody: each socket fetches what it wants."""
        for socket in tuple(self.sockets):
            socket.miss(self.room, after, head)
        self.seq = head
