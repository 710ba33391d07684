"""News for sockets, in whatever process they are: letters to the group of a room or of a member, carried by the channel layer.

A letter may be lost, doubled or late. Nothing depends on its arrival: rooms number their events, and hubs look for themselves every
other second.
"""

from typing import Literal, NamedTuple, NotRequired, TypedDict
from uuid import UUID


class Event(NamedTuple):
    """One numbered event of a room as the text every socket gets. `skip` is the socket that hears of it by its ack."""

    seq: int
    text: str
    skip: str = ""


class Note(NamedTuple):
    """News without a number. `skip` is a socket or a member that does not need it; `kind` lets sockets opt out."""

    kind: Literal["read", "typing", "presence"]
    text: str
    skip: str = ""


class RoomLetter(TypedDict):
    type: Literal["room"]
    room: str
    events: list[Event]
    notes: list[Note]


class MemberLetter(TypedDict):
    """Look again: what this member may hear, or whether they may at all, has changed. `left` says that a process lost its last socket."""

    type: Literal["member"]
    member: str
    request_id: str
    left: NotRequired[bool]


Letter = RoomLetter | MemberLetter


def letter_to(room_id: UUID, *events: Event) -> RoomLetter:
    return {"type": "room", "room": str(room_id), "events": [*events], "notes": []}


def room_group(room_id: UUID | str) -> str:
    return f"room.{room_id}"


def member_group(member_id: UUID | str) -> str:
    return f"member.{member_id}"


def group_of(letter: Letter) -> str:
    return room_group(letter["room"]) if letter["type"] == "room" else member_group(letter["member"])
