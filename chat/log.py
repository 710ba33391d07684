"""The log of a room, and how events get their numbers (a lone message in `express`, by the same rules).

`commit` stores a whole group of changes in one transaction: rooms are locked in the order of their ids, so two processes that write to
the same room take turns and its sequence has no hole; membership is proved under that lock, so nothing enters a room that has closed.
A change that is refused has a Problem for its outcome and harms no other. Where a room's messages are kept is the business of `places`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Member
from chat import frames, places
from chat.errors import MessageNotFound, RoomNotFound, TooLate
from chat.frames import Delete, Edit, Read, Send
from chat.letters import Event, Letter, Note, RoomLetter, letter_to
from chat.models import Membership, Message, Room
from chat.photos import photo_frame, ready_photos
from chat.statements import Insert, Prepared, Update, ask, one_transaction, write
from media.models import Photo
from ops.errors import Invalid, Problem

EDIT_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Change:
    """What a member wants to be in the log. `socket` is the one it came through; `request_id` the REST request it came with."""

    member_id: UUID
    frame: Send | Edit | Delete | Read
    socket: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """The message as it is now. `fresh` is False when the log already said so: a retry, or an edit that changes nothing."""

    message: frames.Message
    fresh: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """How far the member has read; never past the head, never back."""

    seq: int


Outcome = Stored | Marked | Problem


@dataclass(frozen=True, slots=True)
class Committed:
    """One outcome for every change, in their order, and what sockets have to hear now that it is stored."""

    outcomes: list[Outcome]
    letters: list[Letter]


def commit(changes: Sequence[Change]) -> Committed:
    """Stores what is right among `changes`, together and durably. Raises only what the database raises; then nothing is stored."""
    if not changes:
        return Committed([], [])
    with one_transaction() as own:
        group = Group(changes, own=own)
        outcomes = [group.outcome(change) for change in changes]
        group.save()
    return Committed(outcomes, list(group.letters.values()))


@dataclass(slots=True)
class Words:
    """A message that is nothing but words, for those who show it: a model's instance takes longer to make than to store."""

    room_id: UUID
    sender_id: UUID
    client_id: UUID
    pk: UUID
    body: str
    created_at: datetime
    position: int = 0
    seq: int = 0
    photo_id: None = None
    edited_at: None = None
    deleted_at: None = None


def shown(row: Message | Words, photos: dict[UUID, Photo]) -> frames.Message:
    photo = photos.get(row.photo_id) if row.photo_id else None
    return {
        "room": str(row.room_id),
        "id": str(row.pk),
        "position": row.position,
        "seq": row.seq,
        "sender": str(row.sender_id),
        "client_id": str(row.client_id),
        "body": row.body,
        "photo": photo_frame(photo) if photo else None,
        "created_at": frames.moment(row.created_at),
        "edited_at": frames.moment(row.edited_at) if row.edited_at else None,
        "deleted": row.deleted_at is not None,
    }


def show_all(rows: Sequence[Message]) -> list[frames.Message]:
    """Messages with their photos: one query more than the rows."""
    photos = ready_photos(row.photo_id for row in rows)
    return [shown(row, photos) for row in rows]


# --- What a group reads before it decides ---


@dataclass(slots=True)
class OpenRoom:
    """What a group changes in a room."""

    head: int
    last_position: int
    active_at: datetime
    place: str

    def columns(self, room_id: UUID) -> dict[str, Any]:
        return {"match_id": room_id, "head": self.head, "last_position": self.last_position, "active_at": self.active_at}


@dataclass(slots=True)
class Mark:
    """How far a member has read; `id` is the membership's."""

    id: UUID
    read_seq: int


MESSAGE_FIELDS = [field.attname for field in Message._meta.concrete_fields]
MESSAGE_COLUMNS = [(str(field.column), field.attname) for field in Message._meta.concrete_fields]
CHANGING_COLUMNS = [(column, name) for column, name in MESSAGE_COLUMNS if name in ("id", *places.CHANGING)]

# The open rooms among these, locked until the transaction ends. On SQLite the transaction itself is the lock.
lock_rooms = Prepared(
    lambda ids: (
        Room.objects.select_for_update(no_key=True)
        .filter(match_id__in=ids, closed_at=None)
        .order_by("match_id")
        .values_list("match_id", "head", "last_position", "active_at", "place")
    )
)
# Of members in good standing. Asking for their peers' as well would be one more join to plan, and each peer is a member of the room.
memberships_in = Prepared(
    lambda ids: Membership.objects.filter(Member.good_standing("member__"), room_id__in=ids).values_list(
        "room_id", "member_id", "peer_id", "id", "read_seq"
    )
)
already_sent = Prepared(lambda ids: Message.objects.filter(client_id__in=ids).values_list(*MESSAGE_FIELDS))

ClientKey = tuple[UUID, UUID, UUID]


def key_of(row: Message) -> ClientKey:
    return row.room_id, row.sender_id, row.client_id


def in_milliseconds(at: datetime) -> datetime:
    """As finely as every database keeps it: who asks again is answered the same."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


@dataclass
class Pending:
    """Rows that the group has touched and not saved yet."""

    made: dict[UUID, Message] = field(default_factory=dict)
    changed: dict[UUID, Message] = field(default_factory=dict)
    rooms: dict[UUID, OpenRoom] = field(default_factory=dict)
    marks: dict[UUID, Mark] = field(default_factory=dict)


class Group:
    """The changes of one transaction, which it begins and commits where that is its `own`. Later ones see what earlier ones did."""

    def __init__(self, changes: Sequence[Change], *, own: bool) -> None:
        self.own = own
        wanted = [change.frame for change in changes]
        self.now = in_milliseconds(timezone.now())
        sent = self.read_state(list({frame.room for frame in wanted}), [frame for frame in wanted if isinstance(frame, Send)])
        self.messages = {row.pk: row for row in self.touched([frame for frame in wanted if isinstance(frame, Edit | Delete)])}
        # A retry and an edit of the same message may share a group: they have to share its row as well.
        self.messages |= {row.pk: self.messages.get(row.pk, row) for row in sent}
        self.sent = {key_of(row): row for row in self.messages.values()}
        self.photos = ready_photos([*(row.photo_id for row in self.messages.values()), *photos_sent(wanted)])
        self.pending = Pending()
        self.letters: dict[UUID, Letter] = {}
        self.catch_up()

    def catch_up(self) -> None:
        """A log in MongoDB may know more than the room: whoever wrote there was killed before the commit here."""
        heads = {room_id: room.head for room_id, room in self.rooms.items() if room.place == places.MONGODB}
        for room_id, (seq, position) in places.behind_heads(heads).items():
            room = self.pending.rooms[room_id] = self.rooms[room_id]
            room.head, room.last_position = max(room.head, seq), max(room.last_position, position)

    def read_state(self, room_ids: list[UUID], sends: list[Send]) -> list[Message]:
        """Returns what was sent before. The lock comes first: what is read behind it is as it is under the lock."""
        client_ids = [frame.client_id for frame in sends]
        rooms, memberships, sent = ask((lock_rooms, room_ids), (memberships_in, room_ids), (already_sent, client_ids), begin=self.own)
        self.rooms = {room_id: OpenRoom(*state) for room_id, *state in rooms}
        standing = {(room_id, member_id) for room_id, member_id, *_ in memberships}
        self.marks = {(room, member): Mark(*mark) for room, member, peer, *mark in memberships if (room, peer) in standing}
        known = (Message.from_db(None, MESSAGE_FIELDS, row) for row in sent)
        here = [row for row in known if row.room_id in self.rooms and self.rooms[row.room_id].place == places.MAIN]
        return here + self.named(places.MONGODB, "client_id__in", [(frame.room, frame.client_id) for frame in sends])

    def touched(self, frames: list[Edit | Delete]) -> list[Message]:
        named = [(frame.room, frame.id) for frame in frames]
        return [row for place in (places.MAIN, places.MONGODB) for row in self.named(place, "id__in", named)]

    def named(self, place: str, words: str, ids: list[tuple[UUID, UUID]]) -> list[Message]:
        """The messages of open rooms in this place that are called so; `ids` are pairs of room and name."""
        conditions: dict[UUID, dict[str, list[UUID]]] = {}
        for room_id, name in ids:
            if room_id in self.rooms and self.rooms[room_id].place == place:
                conditions.setdefault(room_id, {words: []})[words].append(name)
        return places.messages_in(place, conditions)

    def outcome(self, change: Change) -> Outcome:
        try:
            return self.apply(change)
        except Problem as problem:
            return problem

    def apply(self, change: Change) -> Outcome:
        self.prove_membership(change)
        match change.frame:
            case Send() as frame:
                return self.send(change, frame)
            case Edit() as frame:
                return self.edit(change, frame)
            case Delete() as frame:
                return self.delete(change, frame)
            case Read() as frame:
                return self.mark_read(change, frame)

    def prove_membership(self, change: Change) -> None:
        room = change.frame.room
        if room not in self.rooms or (room, change.member_id) not in self.marks:
            raise RoomNotFound

    # --- One change ---

    def send(self, change: Change, frame: Send) -> Outcome:
        key = (frame.room, change.member_id, frame.client_id)
        if row := self.sent.get(key):
            return Stored(shown(row, self.photos), fresh=False)
        self.check_photo(change, frame)
        seq = self.next_seq(frame.room)
        row = Message(
            room_id=frame.room, sender_id=change.member_id, client_id=frame.client_id, position=seq, seq=seq,
            body=frame.body, photo_id=frame.photo, created_at=self.now,
        )  # fmt: skip
        room = self.rooms[frame.room]
        room.last_position, room.active_at = seq, self.now
        self.sent[key] = self.messages[row.pk] = self.pending.made[row.pk] = row
        return self.announce(change, row, skip=change.socket)

    def check_photo(self, change: Change, frame: Send) -> None:
        if frame.photo is None:
            return
        photo = self.photos.get(frame.photo)
        if photo is None or photo.member_id != change.member_id:
            raise Invalid.field("photo", "There is no such photo of yours.")

    def edit(self, change: Change, frame: Edit) -> Outcome:
        row = self.own_message(change, frame)
        if row.deleted_at is not None:
            raise MessageNotFound
        if row.body == frame.body:
            return Stored(shown(row, self.photos), fresh=False)
        if self.now - row.created_at > EDIT_WINDOW:
            raise TooLate
        row.body, row.edited_at = frame.body, self.now
        return self.renumber(change, row)

    def delete(self, change: Change, frame: Delete) -> Outcome:
        row = self.own_message(change, frame)
        if row.deleted_at is not None:
            return Stored(shown(row, self.photos), fresh=False)
        row.body, row.photo_id, row.deleted_at = "", None, self.now
        return self.renumber(change, row)

    def mark_read(self, change: Change, frame: Read) -> Outcome:
        mark = self.marks[frame.room, change.member_id]
        seq = min(frame.seq, self.rooms[frame.room].head)
        if seq > mark.read_seq:
            mark.read_seq = seq
            self.pending.marks[mark.id] = mark
            self.letter(frame.room)["notes"].append(read_note(change, seq))
        return Marked(mark.read_seq)

    def own_message(self, change: Change, frame: Edit | Delete) -> Message:
        row = self.messages.get(frame.id)
        if row is None or (row.room_id, row.sender_id) != (frame.room, change.member_id):
            raise MessageNotFound
        return row

    # --- What follows from it ---

    def next_seq(self, room_id: UUID) -> int:
        room = self.rooms[room_id]
        room.head += 1
        self.pending.rooms[room_id] = room
        return room.head

    def renumber(self, change: Change, row: Message) -> Outcome:
        row.seq = self.next_seq(row.room_id)
        if row.pk not in self.pending.made:
            self.pending.changed[row.pk] = row
        return self.announce(change, row)

    def announce(self, change: Change, row: Message, skip: str = "") -> Outcome:
        message = shown(row, self.photos)
        self.letter(row.room_id)["events"].append(event_of(change, message, skip))
        return Stored(message, fresh=True)

    def letter(self, room_id: UUID) -> RoomLetter:
        letter = self.letters.setdefault(room_id, letter_to(room_id))
        assert letter["type"] == "room"
        return letter

    def save(self) -> None:
        pending = self.pending
        here = {room_id for room_id, room in self.rooms.items() if room.place == places.MAIN}
        made, elsewhere = parted(pending.made.values(), here)
        changed, changed_elsewhere = parted(pending.changed.values(), here)
        places.store_elsewhere(elsewhere, changed_elsewhere)
        edits = Update(Message, [{column: getattr(row, name) for column, name in CHANGING_COLUMNS} for row in changed])
        inserts = Insert(Message, [{column: getattr(row, name) for column, name in MESSAGE_COLUMNS} for row in made])
        rooms = Update(Room, [state.columns(room_id) for room_id, state in pending.rooms.items()])
        marks = Update(Membership, [{"id": mark.id, "read_seq": mark.read_seq} for mark in pending.marks.values()])
        write([edits, inserts, rooms, marks], commit=self.own)


def parted(rows: Iterable[Message], here: set[UUID]) -> tuple[list[Message], list[Message]]:
    """Messages of these rooms, and the others."""
    found: tuple[list[Message], list[Message]] = ([], [])
    for row in rows:
        found[row.room_id not in here].append(row)
    return found


def photos_sent(wanted: Iterable[Send | Edit | Delete | Read]) -> list[UUID | None]:
    return [frame.photo for frame in wanted if isinstance(frame, Send)]


def event_of(change: Change, message: frames.Message, skip: str) -> Event:
    return Event(message["seq"], message_text(message, change.request_id), skip)


def message_text(message: frames.Message, request_id: str = "") -> str:
    return frames.encode(frames.message_frame(message, request_id))


def read_note(change: Change, seq: int) -> Note:
    frame: frames.ReadFrame = {"type": "read", "room": str(change.frame.room), "member": str(change.member_id), "seq": seq}
    if change.request_id:
        frame["request_id"] = change.request_id
    return Note("read", frames.encode(frame), change.socket)
