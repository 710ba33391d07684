"""One open socket: whose it is, which rooms it may hear, and what is held back for it."""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import count
from uuid import UUID

from chat import frames
from chat.letters import Event, Note
from chat.outbox import MAX_FRAMES, Entry, Outbox

_numbers = count(1)


class Socket:
    """`rooms`, each with whom it is shared, is what every frame of the client is checked against; the hub keeps it true."""

    def __init__(self, process: str, member_id: UUID, session_id: UUID, outbox: Outbox) -> None:
        self.key = f"{process}:{next(_numbers)}"
        self.member_id, self.session_id = member_id, session_id
        self.member_key = str(member_id)
        self.outbox = outbox
        self.rooms: dict[UUID, UUID] = {}
        self.ready = self.hides_presence = False
        self.held: list[Entry] | None = []
        self.typing: dict[UUID, asyncio.TimerHandle] = {}

    def say(self, frame: frames.ServerFrame) -> None:
        """An answer to this socket alone: never dropped, never held back."""
        self.outbox.put(Entry(frames.encode(frame)))

    def hear(self, room: UUID, event: Event) -> None:
        if event.skip != self.key:
            self.take(Entry(event.text, room, event.seq))

    def overhear(self, room: UUID, note: Note) -> None:
        if note.kind == "presence" and self.hides_presence:
            return
        if note.skip != self.key and note.skip != self.member_key:
            self.take(Entry(note.text, room))

    def take(self, entry: Entry) -> None:
        if self.held is None:
            self.outbox.put(entry)
        elif len(self.held) < MAX_FRAMES:
            self.held.append(entry)
        else:
            self.outbox.drop(entry)

    def miss(self, room: UUID, after: int, head: int) -> None:
        """Events that nobody is going to bring."""
        self.outbox.lose(room, after, head)
        if self.held is None:
            self.outbox.flush()

    # --- While the past is being read, the present waits ---

    def hold(self) -> None:
        if self.held is None:
            self.held = []

    def release(self, covered: Mapping[UUID, int] | None = None) -> None:
        """Lets what was held go, but for events up to the `covered` seq of their room: these were sent as history."""
        held, self.held = self.held or [], None
        told = covered or {}
        for entry in held:
            if entry.room in self.rooms and (not entry.seq or entry.seq > told.get(entry.room, 0)):
                self.outbox.put(entry)
        self.outbox.flush()

    async def tell_missed(self, room: UUID, events: Iterable[tuple[int, str]]) -> None:
        """History at the pace at which the peer takes it."""
        for seq, text in events:
            await self.outbox.idle()
            self.outbox.put(Entry(text, room, seq))

    def close(self, code: int, *, after_all: bool = False) -> None:
        self.outbox.close(code, after_all=after_all)

    def stop(self) -> None:
        for timer in self.typing.values():
            timer.cancel()
        self.outbox.stop()
