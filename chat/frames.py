"""The wire of the chat, both ways: what a client may say, and the shapes of what it hears.

Pure: no request, no database. `parse` turns text into one of seven dataclasses or raises Invalid; what the server says is a TypedDict
that `encode` turns into text once, however many sockets it goes to. `asyncapi.yaml` describes the same frames and a test compares.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn, NotRequired, TypedDict, cast
from uuid import UUID

import orjson

from ops.errors import Invalid

MAX_FRAME_BYTES = 16 * 1024
MAX_BODY_CHARACTERS = 4000
MAX_SEQ = 2**63 - 1
MAX_RESUMED_ROOMS = 500
MAX_RESUMED_EVENTS = 500
TYPING_SECONDS = 5

# --- client → server ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    room: UUID
    client_id: UUID
    body: str
    photo: UUID | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    room: UUID
    id: UUID
    body: str


@dataclass(frozen=True, slots=True)
class Delete:
    room: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class Read:
    room: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class Typing:
    room: UUID
    on: bool


@dataclass(frozen=True, slots=True)
class Resume:
    """The seq of the last event the client has, for every room it knows."""

    rooms: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Ping:
    pass


ClientFrame = Send | Edit | Delete | Read | Typing | Resume | Ping
CLIENT_FRAMES: dict[str, type[ClientFrame]] = {
    "send": Send,
    "edit": Edit,
    "delete": Delete,
    "read": Read,
    "typing": Typing,
    "resume": Resume,
    "ping": Ping,
}

# Of every frame its fields, and whether each is required.
FIELDS = {frame: {field.name: field.default is MISSING for field in fields(frame)} for frame in CLIENT_FRAMES.values()}


def parse(text: str) -> ClientFrame:
    """The frame that `text` is. Raises Invalid in words that help who wrote the client."""
    return understand(load(text))


def load(text: str) -> dict[str, Any]:
    """The JSON object in `text`; nothing inside it is checked yet."""
    try:
        payload = decode_quickly(text)
    except (ValueError, RecursionError):
        raise Invalid("A frame is one JSON object.") from None
    if not isinstance(payload, dict):
        raise Invalid("A frame is one JSON object.")
    return payload


def refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


# orjson refuses half a character wherever it is, where we name the field.
decode = json.JSONDecoder(parse_constant=refuse_constant).decode


def decode_quickly(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return decode(text)


def understand(payload: dict[str, Any]) -> ClientFrame:
    kind = payload.get("type")
    frame = CLIENT_FRAMES.get(kind) if isinstance(kind, str) else None
    if frame is None:
        raise Invalid.field("type", "type is one of " + ", ".join(CLIENT_FRAMES) + ".")
    given = {name: value for name, value in payload.items() if name != "type"}
    check_names(given, FIELDS[frame])
    return frame(**{name: READERS[name](name, value) for name, value in given.items()})


def check_names(given: Mapping[str, Any], known: Mapping[str, bool]) -> None:
    """`known` says of every field whether it is required."""
    for name in given:
        if name not in known:
            raise Invalid.field(name[:50], "There is no such field.", "unknown_field")
    for name, required in known.items():
        if required and name not in given:
            raise Invalid.field(name, f"{name} is missing.", "required")


def clean_body(body: str) -> str:
    """A message's text as it is stored. Raises Invalid."""
    body = body.strip()
    if not 1 <= len(body) <= MAX_BODY_CHARACTERS:
        raise Invalid.field("body", f"A message has 1 to {MAX_BODY_CHARACTERS} characters.")
    if "\x00" in body or not is_text(body):
        raise Invalid.field("body", "The text holds characters that are none.")
    return body


def is_text(word: str) -> bool:
    """JSON can spell halves of characters (lone surrogates), which no database stores."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_body(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid.field(name, f"{name} is text.")
    return clean_body(value)


UUID_FORM = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def read_uuid(name: str, value: Any) -> UUID:
    """`UUID()` alone would also take braces, URNs, hyphens anywhere and digits of every script."""
    if isinstance(value, str) and UUID_FORM.fullmatch(value):
        return UUID(value)
    raise Invalid.field(name, f"{name} is a UUID.")


def read_photo(name: str, value: Any) -> UUID | None:
    return None if value is None else read_uuid(name, value)


def read_seq(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEQ:
        raise Invalid.field(name, f"{name} is a whole number from 0.")
    return value


def read_flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid.field(name, f"{name} is true or false.")
    return value


def read_rooms(name: str, value: Any) -> dict[UUID, int]:
    if not isinstance(value, dict) or len(value) > MAX_RESUMED_ROOMS:
        raise Invalid.field(name, f"{name} says the last seq of at most {MAX_RESUMED_ROOMS} rooms.")
    return {read_uuid(name, room): read_seq(name, seq) for room, seq in value.items()}


READERS: dict[str, Callable[[str, Any], Any]] = {
    "room": read_uuid,
    "client_id": read_uuid,
    "id": read_uuid,
    "photo": read_photo,
    "body": read_body,
    "seq": read_seq,
    "on": read_flag,
    "rooms": read_rooms,
}


def id_in(payload: Mapping[str, Any], name: str) -> str | None:
    """What to answer with, also when the rest of the frame is wrong: an id, and nothing else that somebody may have put there."""
    try:
        return str(read_uuid(name, payload.get(name)))
    except Invalid:
        return None


# --- server → client ------------------------------------------------------------------------------


class Photo(TypedDict):
    id: str
    urls: dict[str, str]
    width: int
    height: int
    alt: str


class Message(TypedDict):
    """A message as REST shows it. `position` is the seq of its creation; `seq` that of its latest event."""

    room: str
    id: str
    position: int
    seq: int
    sender: str
    client_id: str
    body: str
    photo: Photo | None
    created_at: str
    edited_at: str | None
    deleted: bool


class Caused(TypedDict):
    """`request_id` names the REST request a frame comes from; frames with another cause have none."""

    request_id: NotRequired[str]


class MessageFrame(Message, Caused):
    type: Literal["message"]


class RoomState(TypedDict):
    head: int
    read_seq: int
    peer_read_seq: int


class Hello(TypedDict):
    type: Literal["hello"]
    session: str
    member: str
    heartbeat: int
    rooms: dict[str, RoomState]
    request_id: str


class Ack(TypedDict):
    type: Literal["ack"]
    client_id: str
    room: str
    id: str
    seq: int
    created_at: str


class ReadFrame(Caused):
    type: Literal["read"]
    room: str
    member: str
    seq: int


class TypingFrame(TypedDict):
    type: Literal["typing"]
    room: str
    member: str
    on: bool


class Presence(TypedDict):
    type: Literal["presence"]
    member: str
    online: bool
    last_seen: str | None


class Heartbeat(TypedDict):
    type: Literal["heartbeat"]
    rooms: dict[str, int]


class Gap(TypedDict):
    """Events of `room` after `after` up to `head` were not sent: fetch them by REST."""

    type: Literal["gap"]
    room: str
    after: int
    head: int


class Match(TypedDict):
    """A match as REST shows it to this member: the room is new to them."""

    type: Literal["match"]
    id: str
    member: Mapping[str, object]
    room: str
    score: float
    matched_at: str
    last_message: Message | None
    unread: int


class RoomClosed(TypedDict):
    type: Literal["room_closed"]
    room: str


class Resumed(TypedDict):
    type: Literal["resumed"]
    rooms: dict[str, int]


class Pong(TypedDict):
    type: Literal["pong"]


class Error(TypedDict):
    type: Literal["error"]
    code: str
    detail: str
    client_id: NotRequired[str]
    id: NotRequired[str]
    request_id: str


ServerFrame = (
    Hello | Ack | MessageFrame | ReadFrame | TypingFrame | Presence | Heartbeat | Gap | Match | RoomClosed | Resumed | Pong | Error
)
SERVER_FRAMES: dict[str, type[Any]] = {
    "hello": Hello,
    "ack": Ack,
    "message": MessageFrame,
    "read": ReadFrame,
    "typing": TypingFrame,
    "presence": Presence,
    "heartbeat": Heartbeat,
    "gap": Gap,
    "match": Match,
    "room_closed": RoomClosed,
    "resumed": Resumed,
    "pong": Pong,
    "error": Error,
}


def encode(frame: ServerFrame) -> str:
    return orjson.dumps(frame).decode()


def moment(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def message_frame(message: Message, request_id: str = "") -> MessageFrame:
    frame = cast(MessageFrame, {"type": "message", **message})
    if request_id:
        frame["request_id"] = request_id
    return frame


def ack_of(message: Message) -> Ack:
    return {
        "type": "ack",
        "client_id": message["client_id"],
        "room": message["room"],
        "id": message["id"],
        "seq": message["position"],
        "created_at": message["created_at"],
    }
