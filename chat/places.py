"""Where the messages of a room are: in the main database, or in MongoDB. The one place that knows there can be two.

Each room says it itself (`Room.place`): so a room moves while others go on, under the lock that its writers take. MongoDB takes part in no
transaction. What is written there is written in the order of seq, and what a crash left behind a room's head is found by the next writer.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Any, TypeVar
from uuid import UUID

import pymongo
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connections
from django.db.models import Model, Q, QuerySet, UniqueConstraint
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError

from chat.metrics import LOG_UP
from chat.models import LogHome, Message, Room
from ops.errors import Unavailable

MAIN, MONGODB = "default", "mongodb"
SHARD_KEY = "room_id"
DUPLICATE = 11000
REST_SECONDS = 0.5
ROOMS_AT_ONCE = 500
PING_SECONDS = 2.0  # pymongo does not even ask when the server was slower to greet than this
log = logging.getLogger("alliv.chat")

FIELDS = {field.name: field for field in Message._meta.concrete_fields}
# What an edit or a deletion changes of a message.
CHANGING = ["seq", "body", "photo_id", "edited_at", "deleted_at"]

Result = TypeVar("Result")
Tails = dict[UUID, tuple[int, int]]
Conditions = Mapping[UUID, Mapping[str, Any]]


class Router:
    """Nothing but messages is ever kept in MongoDB. Who asks for them without naming a place means MongoDB, when there is one."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return MONGODB if model is Message and has_mongodb() else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        """`prepare` makes the indexes there: the backend's own are partial, and MongoDB would not read by them."""
        return False if db == MONGODB else None


def has_mongodb() -> bool:
    return MONGODB in settings.DATABASES


def all_places() -> list[str]:
    return [MAIN, MONGODB] if has_mongodb() else [MAIN]


def for_new_rooms() -> str:
    """Where the last move led, else MongoDB when there is one."""
    if not has_mongodb():
        return MAIN
    return LogHome.objects.values_list("place", flat=True).first() or MONGODB


def of_rooms(room_ids: Iterable[UUID]) -> dict[str, list[UUID]]:
    """The rooms by the place of their messages. Asks nobody while there is one place only."""
    ids = list(room_ids)
    if not has_mongodb():
        return {MAIN: ids} if ids else {}
    found: dict[str, list[UUID]] = {}
    for room_id, place in Room.objects.filter(match_id__in=ids).values_list("match_id", "place"):
        found.setdefault(place, []).append(room_id)
    return found


Read = Callable[["QuerySet[Message]", list[UUID]], Iterable[Result]]


def read(room_ids: Iterable[UUID], query: Read[Result]) -> list[Result]:
    """What `query(messages, rooms)` finds in each place that has some of these rooms. Raises Unavailable when MongoDB is."""
    found: list[Result] = []
    for place, ids in of_rooms(room_ids).items():
        with answering(place):
            found += query(Message.objects.using(place), ids)
    return found


def messages(conditions: Conditions, *, order: str = "", limit: int | None = None) -> list[Message]:
    """Of each room the messages that meet its condition, in the words of Django's filters. Raises Unavailable when MongoDB is."""
    found: list[Message] = []
    for place, ids in of_rooms(conditions).items():
        found += messages_in(place, {room_id: conditions[room_id] for room_id in ids}, order=order, limit=limit)
    return found


def messages_in(place: str, conditions: Conditions, *, order: str = "", limit: int | None = None) -> list[Message]:
    """The same of rooms that are all in this place, or are being copied there."""
    if not conditions:
        return []
    with answering(place):
        if place == MONGODB:
            return aggregated(pipeline(conditions, order, limit))
        rows = Message.objects.using(place).filter(any_of(conditions))
        return list((rows.order_by(order) if order else rows)[:limit])


def pipeline(conditions: Conditions, order: str, limit: int | None) -> list[dict[str, Any]]:
    """Not by the ORM, which puts a stage between what is matched and the sort: so one index serves both, and a page of a long
    conversation sorts nothing."""
    wanted = [matching(room_id, condition) for room_id, condition in conditions.items()]
    stages: list[dict[str, Any]] = [{"$match": wanted[0] if len(wanted) == 1 else {"$or": wanted}}]
    if order:
        stages.append({"$sort": {order.removeprefix("-"): -1 if order.startswith("-") else 1}})
    return stages if limit is None else [*stages, {"$limit": limit}]


def matching(room_id: UUID, condition: Mapping[str, Any]) -> dict[str, Any]:
    found = {SHARD_KEY: kept("room_id", room_id)}
    for words, value in condition.items():
        name, _, operator = words.partition("__")
        given = [kept(name, one) for one in value] if operator == "in" else kept(name, value)
        found[column(name)] = {f"${operator}": given} if operator else given
    return found


def aggregated(stages: list[dict[str, Any]]) -> list[Message]:
    # Imported here: it changes Django's lookups, which nobody without a MongoDB needs.
    from django_mongodb_backend.queryset import RawQuerySet

    return list(RawQuerySet(stages, model=Message, using=MONGODB))


# --- MongoDB may be away ---


class Link:
    """Whether MongoDB answers. While it does not, everybody is told so at once, and one thread asks again and again in their place."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.broken = False

    def require(self) -> None:
        if self.broken:
            raise Unavailable

    def break_off(self) -> None:
        with self.lock:
            if self.broken:
                return
            self.broken = True
        LOG_UP.set(0)
        threading.Thread(target=self.mend, name="alliv-chat-log", daemon=True).start()

    def mend(self) -> None:
        while not ping():
            time.sleep(REST_SECONDS)
        LOG_UP.set(1)
        self.broken = False


link = Link()


def begin_anew() -> None:
    """A forked child has not the thread that would mend its parent's link, and finds out for itself."""
    global link
    link = Link()


os.register_at_fork(after_in_child=begin_anew)


@contextmanager
def answering(place: str) -> Iterator[None]:
    """Turns MongoDB's silence into Unavailable, and its words, which may hold a message, into none."""
    if place != MONGODB:
        yield
        return
    if place not in settings.DATABASES:
        raise Unavailable
    link.require()
    try:
        yield
    except (PyMongoError, DatabaseError) as error:
        raise translated(error) from None


def translated(error: Exception) -> Exception:
    cause = error if isinstance(error, PyMongoError) else error.__cause__
    if isinstance(cause, ConnectionFailure):
        link.break_off()
        log.warning("the message log does not answer", extra={"error": type(cause).__name__})
        return Unavailable()
    if isinstance(error, IntegrityError) or is_duplicate(cause):
        return IntegrityError("This number or this message is in the log already.")
    return DatabaseError(type(cause or error).__name__)


def is_duplicate(error: BaseException | None) -> bool:
    if isinstance(error, BulkWriteError):
        return any(row.get("code") == DUPLICATE for row in error.details.get("writeErrors", []))
    return isinstance(error, DuplicateKeyError)


def ping() -> bool:
    try:
        with pymongo.timeout(PING_SECONDS):
            connections[MONGODB].get_database().command("ping")  # type: ignore[attr-defined]
    except Exception:
        return False
    return True


def answers() -> bool:
    return not has_mongodb() or (not link.broken and ping())


# --- What a writer asks and tells, with the rooms locked ---


def behind_heads(heads: Mapping[UUID, int]) -> Tails:
    """Of rooms in MongoDB, the seq and position of what is there behind the head: a writer was killed before it could move it."""
    tails: Tails = {}
    for row in messages_in(MONGODB, {room_id: {"seq__gt": head} for room_id, head in heads.items()}):
        seq, position = tails.get(row.room_id, (0, 0))
        tails[row.room_id] = max(seq, row.seq), max(position, row.position)
    return tails


def store_elsewhere(made: Sequence[Message], changed: Sequence[Message]) -> None:
    if made or changed:
        with answering(MONGODB):
            collection().bulk_write(in_order(made, changed), ordered=True)


def in_order(made: Sequence[Message], changed: Sequence[Message]) -> list[Any]:
    """By room and seq: wherever it is cut off, what was written has no hole."""
    writes: list[tuple[UUID, int, Any]] = [(row.room_id, row.seq, InsertOne(as_document(row))) for row in made]
    for row in changed:
        document = as_document(row)
        change = {name: document[name] for name in CHANGING}
        writes.append((row.room_id, row.seq, UpdateOne({"_id": document["_id"]}, {"$set": change})))
    return [write for _, _, write in sorted(writes, key=lambda one: one[:2])]


def as_document(row: Message) -> dict[str, Any]:
    """As the ORM would write it."""
    return {column(name): kept(name, getattr(row, name)) for name in FIELDS}


def column(name: str) -> str:
    return str(FIELDS[name].column)


def kept(name: str, value: Any) -> Any:
    """A value of this field as MongoDB has it."""
    return FIELDS[name].get_db_prep_save(value, connections[MONGODB])


def collection() -> Any:
    return connections[MONGODB].get_collection(Message._meta.db_table)  # type: ignore[attr-defined]


def prepare(sender: Any = None, **kwargs: Any) -> None:
    """The collection's indexes: the model's constraints, each with the shard key in front. Part of `migrate`; what is there stays."""
    if not has_mongodb():
        return
    for constraint in Message._meta.constraints:
        assert isinstance(constraint, UniqueConstraint)
        fields = sorted(constraint.fields, key=lambda name: name != SHARD_KEY)
        collection().create_index([(name, 1) for name in fields], unique=True, name=constraint.name)
    collection().create_index([("sender_id", 1)], name="chat_message_sender")


def erase(room_ids: list[str]) -> None:
    """A job: nothing of these rooms stays in MongoDB. Raises Unavailable, and is tried again."""
    with answering(MONGODB):
        Message.objects.using(MONGODB).filter(room_id__in=[UUID(room_id) for room_id in room_ids]).delete()


def sweep(*, dry_run: bool) -> int:
    """Housekeeping: messages of rooms that are no more, if the job that was promised did not take them out. How many."""
    gone = 0
    for room_ids in rooms_in(MONGODB) if has_mongodb() else ():
        living = set(Room.objects.filter(match_id__in=room_ids).values_list("match_id", flat=True))
        with answering(MONGODB):
            rows = Message.objects.using(MONGODB).filter(room_id__in=[room_id for room_id in room_ids if room_id not in living])
            gone += rows.count() if dry_run else rows.delete()[0]
    return gone


def rooms_in(place: str) -> Iterator[list[UUID]]:
    """The rooms that have messages there, in the order of their ids, some at a time."""
    last: UUID | None = None
    while True:
        with answering(place):
            rows = Message.objects.using(place).order_by("room_id").values_list("room_id", flat=True).distinct()
            found = list((rows.filter(room_id__gt=last) if last else rows)[:ROOMS_AT_ONCE])
        if not found:
            return
        yield found
        last = found[-1]


def any_of(conditions: Conditions) -> Q:
    """Messages of any of these rooms, each with its own condition."""
    return reduce(or_, (Q(room_id=room_id, **condition) for room_id, condition in conditions.items()))
