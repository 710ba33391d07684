"""What the chat holds about a member."""

from functools import partial

from django.db.models import QuerySet

from accounts.models import Member
from accounts.privacy.registry import excused, exported
from chat import places
from chat.models import Membership, Message, Room, Ticket


def messages_of(place: str, member: Member) -> "QuerySet[Message]":
    return Message.objects.using(place).filter(sender_id=member.pk)


def register() -> None:
    exported(Membership, "member")
    for place in places.all_places():
        exported(Message, "sender_id", rows=partial(messages_of, place))
    excused(Room, "match", why="shared by the two of a match; how far you have read is told by your memberships")
    excused(Ticket, "session", why="a way into the socket for 30 seconds")
    excused(Membership, "room", "peer", why="the other side of a room has a row of its own")
    excused(Message, "room_id", why="what you wrote is told; what others wrote to you is theirs")
    excused(Message, "client_id", "photo_id", why="part of the rows of your messages")
