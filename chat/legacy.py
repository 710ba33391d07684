"""Old messages, of both schemas, become events of their rooms: in the order of their times, behind what is there.

Each gets a client_id that is made from its old id, so that the log itself knows one that is there already.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db.models import Q

from chat import frames, places, services
from chat.models import Membership, Message, Room
from matching.models import Match
from ops.errors import Invalid
from ops.legacy import records, shapes
from ops.legacy.importing import Importer, Run, each
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.shapes import OldMessage
from ops.legacy.sources import Document
from ops.legacy.staging import in_order

OLD_MESSAGES = UUID("5b0c7a5e-1f0e-5c58-9d3a-6f2f0f6d6c11")


class Messages(Importer):
    kind = "messages"
    collections = ("messages", "message", "chatmessages", "chats")

    def arranged(self, documents: Iterable[Document]) -> Iterator[Document]:
        return in_order(documents, shapes.message_place)

    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        olds = shapes.read(shapes.message, documents)
        batch = Batch(olds, dry=run.dry)
        outcomes = each(documents, batch.one)
        batch.save()
        return outcomes


class Batch:
    """The rooms that some messages go to, locked, and what is there of them already."""

    def __init__(self, olds: dict[str, OldMessage], *, dry: bool) -> None:
        self.dry = dry
        self.matches = records.targets("matches", (old.match for old in olds.values() if old.match))
        self.members = records.targets("users", (key for old in olds.values() for key in (old.sender, old.receiver) if key))
        self.pairs = matches_between([pk for pk in self.members.values() if pk])
        room_ids = {*self.pairs.values(), *(pk for pk in self.matches.values() if pk)}
        self.rooms = {room.pk: room for room in Room.objects.select_for_update(no_key=True).filter(pk__in=room_ids).order_by("pk")}
        self.memberships: dict[UUID, dict[UUID, Membership]] = {}
        for row in Membership.objects.filter(room__in=room_ids):
            self.memberships.setdefault(row.room_id, {})[row.member_id] = row
        client_ids = [client_id_of(key) for key in olds]
        sent = places.read(room_ids, lambda rows, ids: rows.filter(client_id__in=client_ids, room_id__in=ids))
        self.there = {row.client_id: row for row in sent}
        for room_id, (seq, position) in places.behind_heads(
            {room.pk: room.head for room in self.rooms.values() if room.place == places.MONGODB}
        ).items():
            self.rooms[room_id].head, self.rooms[room_id].last_position = seq, position
        self.made: list[Message] = []

    def one(self, document: Document) -> Outcome:
        old = shapes.message(document)
        sender = records.named(self.members, [old.sender])
        room = self.room_of(old, sender)
        pair = self.memberships[room.pk]
        if sender not in pair:
            raise Skip("sender_not_in_match")
        client_id = client_id_of(document.key)
        if there := self.there.get(client_id):
            return Merged(there.pk)
        message = self.there[client_id] = self.append(room, sender, client_id, clean_body(old.body), old)
        if old.read:
            mark = pair[pair[sender].peer_id]
            mark.read_seq = max(mark.read_seq, message.seq)
        return Imported(message.pk)

    def room_of(self, old: OldMessage, sender: UUID) -> Room:
        """By the match, else by the two who speak."""
        room_id = self.matches.get(old.match) if old.match else None
        if room_id is None and old.receiver:
            receiver = records.named(self.members, [old.receiver])
            room_id = self.pairs.get((min(sender, receiver), max(sender, receiver)))
        if room_id not in self.rooms:
            raise Skip("unknown_match")
        return self.rooms[room_id]

    def append(self, room: Room, sender: UUID, client_id: UUID, body: str, old: OldMessage) -> Message:
        room.head += 1
        room.last_position = room.head
        room.active_at = max(room.active_at, old.at)
        message = Message(
            room_id=room.pk, sender_id=sender, client_id=client_id, position=room.head, seq=room.head, body=body,
            created_at=old.at, edited_at=later(old.edited_at, old.at),
        )  # fmt: skip
        self.made.append(message)
        return message

    def save(self) -> None:
        if not self.dry:  # in MongoDB it would not be rolled back
            here = [row for row in self.made if self.rooms[row.room_id].place == places.MAIN]
            Message.objects.using(places.MAIN).bulk_create(here)
            places.store_elsewhere([row for row in self.made if self.rooms[row.room_id].place != places.MAIN], [])
        Room.objects.bulk_update(self.rooms.values(), ["head", "last_position", "active_at"])
        marks = [row for pair in self.memberships.values() for row in pair.values()]
        Membership.objects.bulk_update(marks, ["read_seq"])
        services.tell(sorted({row.member_id for row in marks}))


def matches_between(members: Sequence[UUID]) -> dict[tuple[UUID, UUID], UUID]:
    rows = Match.objects.filter(Q(member_a__in=members), Q(member_b__in=members)).values_list("member_a", "member_b", "pk")
    return {(first, second): pk for first, second, pk in rows}


def client_id_of(key: str) -> UUID:
    return uuid5(OLD_MESSAGES, key)


def clean_body(body: str) -> str:
    try:
        return frames.clean_body(body)
    except Invalid:
        raise Skip("text_too_long" if len(body) > frames.MAX_BODY_CHARACTERS else "no_text") from None


def later(at: datetime | None, than: datetime) -> datetime | None:
    return at if at and at > than else None
