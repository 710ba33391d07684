"""A room as this process hears it: its events in order and without a hole, whatever the transport does.

Events that are doubled are dropped. Those behind a hole wait a moment, in which what is missing usually arrives; then the log is read,
and they themselves still know who need not hear them. So sockets get every event once and in the order of seq.
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
MAX_EARLY = 64


class Feed:
    """`seq` is the last event that went to the sockets, None until the first look into the database; `head` the highest heard of.

    `early` are events whose turn has not come.
    """

    def __init__(self, room: UUID) -> None:
        self.room = room
        self.sockets: set[Socket] = set()
        self.seq: int | None = None
        self.head = 0
        self.early: dict[int, Event] = {}
        self.patience: asyncio.TimerHandle | None = None
        self.filling: asyncio.Task[None] | None = None

    def take(self, events: Iterable[Event]) -> None:
        for event in events:
            self.head = max(self.head, event.seq)
            if len(self.early) < MAX_EARLY:
                self.early[event.seq] = event
            self.go_on()

    def go_on(self) -> None:
        """Delivers what is next; for what is missing it waits a moment."""
        if self.seq is None or self.filling is not None:
            return
        self.deliver_early(self.seq)
        if self.seq < self.head and self.patience is None:
            self.patience = asyncio.get_running_loop().call_later(LATE_SECONDS, self.fill)

    def deliver_early(self, seq: int) -> None:
        """Everything up to `seq` was delivered, or stands in the log for what was."""
        while event := self.early.pop(seq + 1, None):
            seq = event.seq
            self.deliver(event)
        self.seq = seq
        if self.early:
            self.early = {seq: event for seq, event in self.early.items() if seq > self.seq}

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
            self.go_on()

    def expect(self, head: int) -> None:
        """The database is at `head`; what does not arrive in a moment got lost."""
        self.head = max(self.head, head)
        self.go_on()

    def fill(self) -> None:
        """Reads the log while there is a hole."""
        self.patience = None
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
            self.deliver(self.early.get(seq) or Event(seq, text))
        self.deliver_early(max(head, events[-1][0]))

    def skip(self, after: int, head: int) -> None:
        """Too much to read for everybody: each socket fetches what it wants."""
        for socket in tuple(self.sockets):
            socket.miss(self.room, after, head)
        self.seq = head
