"""What the chat holds about a member."""

from accounts.privacy.registry import excused, exported
from chat.models import Membership, Message, Room, Ticket


def register() -> None:
    exported(Membership, "member")
    exported(Message, "sender_id")
    excused(Room, "match", why="shared by the two of a match; how far you have read is told by your memberships")
    excused(Ticket, "session", why="a way into the socket for 30 seconds")
    excused(Membership, "room", "peer", why="the other side of a room has a row of its own")
    excused(Message, "room_id", why="what you wrote is told; what others wrote to you is theirs")
    excused(Message, "client_id", "photo_id", why="part of the rows of your messages")
