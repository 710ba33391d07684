"""Moving the log from one database to the other, a room at a time, while its members go on writing.

A room is copied as somebody reads who catches up: everything behind the last seq that arrived, again and again. Since an edit or a
deletion takes a new seq, this ends in an equal copy. The rest is copied under the room's lock, both sides are counted and digested, and
only if they are equal does the room say that it lives there now. Cut off anywhere, the next run goes on; the way back is a move as well.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from pymongo import ReplaceOne

from chat import places
from chat.models import LogHome, Message, Room
from chat.places import MAIN, MONGODB

CHUNK = 500
# Who was reading when a room moved has finished, and nobody looks at the old copy any more.
GRACE_SECONDS = 5.0
DIGEST_MODULUS = 2**64
COLUMNS = [column.name for column in Message._meta.concrete_fields if not column.primary_key]


class Different(Exception):
    """A copy is not equal to what was copied: the room stays where it is."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many messages, and a digest of them that does not depend on their order."""

    messages: int
    digest: str


@dataclass
class Moved:
    rooms: int = 0
    messages: int = 0
    discarded: int = 0


Tell = Callable[[int], None]


def other(place: str) -> str:
    return MAIN if place == MONGODB else MONGODB


def rooms_to_move(to: str) -> "QuerySet[Room, UUID]":
    return Room.objects.filter(place=other(to)).order_by("match_id").values_list("match_id", flat=True)


def move(to: str, *, tell: Tell, stopping: Callable[[], bool] = lambda: False, grace: float = GRACE_SECONDS) -> Moved:
    """Every room, and last the old copies. `tell` hears how many messages have arrived. Raises Different, Unavailable."""
    LogHome.objects.update_or_create(defaults={"place": to})  # rooms that are made meanwhile begin there
    moved = Moved()
    while room_id := rooms_to_move(to).first():
        if stopping():
            return moved
        moved.messages += move_room(room_id, to, lambda copied: tell(moved.messages + copied))
        moved.rooms += 1
        tell(moved.messages)
    time.sleep(grace if moved.rooms else 0)
    moved.discarded = discard_copies(other(to))
    return moved


def move_room(room_id: UUID, to: str, tell: Tell) -> int:
    """How many messages it has."""
    copy_rest(room_id, to, tell)
    with transaction.atomic():
        room = Room.objects.select_for_update(no_key=True).filter(match_id=room_id).first()
        if room is None:  # somebody left
            discard([room_id], to)
            return 0
        copy_rest(room_id, to, tell)
        arrived = compared(room_id, to)
        for seq, position in places.behind_heads({room.pk: room.head} if room.place == MONGODB else {}).values():
            room.head, room.last_position = max(room.head, seq), max(room.last_position, position)
        room.place = to
        room.save(update_fields=["place", "head", "last_position"])
    return arrived.messages


def compared(room_id: UUID, to: str) -> Summary:
    """With the room locked. A copy that differs is made anew, once. Raises Different."""
    there = summary(room_id, other(to))
    if summary(room_id, to) != there:
        discard([room_id], to)
        copy_rest(room_id, to, lambda copied: None)
        if summary(room_id, to) != there:
            raise Different(f"The messages of room {room_id} did not arrive as they are; it stays where it is.")
    return there


def copy_rest(room_id: UUID, to: str, tell: Tell) -> None:
    """What is behind the last seq that arrived, in its order."""
    copied = 0
    with places.answering(MONGODB):
        arrived = places.messages_in(to, {room_id: {}}, order="-seq", limit=1)
        last = arrived[0].seq if arrived else 0
        while chunk := places.messages_in(other(to), {room_id: {"seq__gt": last}}, order="seq", limit=CHUNK):
            put(chunk, to)
            last, copied = chunk[-1].seq, copied + len(chunk)
            tell(copied)


def put(rows: list[Message], to: str) -> None:
    """Those that are there already become as they are here."""
    if to == MAIN:
        Message.objects.using(MAIN).bulk_create(rows, update_conflicts=True, unique_fields=["pk"], update_fields=COLUMNS)
        return
    documents = [places.as_document(row) for row in rows]
    places.collection().bulk_write([ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in documents], ordered=True)


# --- Comparing ---


def summary(room_id: UUID | None, place: str) -> Summary:
    """Of a room, or of the whole log there."""
    count = total = 0
    with places.answering(place):
        rows = Message.objects.using(place).all()
        for row in (rows if room_id is None else rows.filter(room_id=room_id)).iterator(chunk_size=2000):
            count += 1
            total += fingerprint(row)
    return Summary(count, f"{total % DIGEST_MODULUS:016x}")


def fingerprint(row: Message) -> int:
    """Times in milliseconds, because MongoDB keeps no more."""
    values: Iterable[Any] = (getattr(row, column.attname) for column in Message._meta.concrete_fields)
    text = repr([int(value.timestamp() * 1000) if isinstance(value, datetime) else str(value) for value in values])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


# --- Old copies ---


def discard(room_ids: Iterable[UUID], place: str) -> int:
    with places.answering(place):
        return Message.objects.using(place).filter(room_id__in=list(room_ids)).delete()[0]


def discard_copies(place: str) -> int:
    """Deletes messages of rooms that live elsewhere now, or no more."""
    gone = 0
    for room_ids in places.rooms_in(place):
        living = set(Room.objects.filter(match_id__in=room_ids, place=place).values_list("match_id", flat=True))
        gone += sum(discard([room_id], place) for room_id in room_ids if room_id not in living)
    return gone
