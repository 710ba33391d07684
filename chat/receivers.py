"""What the chat does when the rooms below it have news."""

from typing import Any
from uuid import UUID

from accounts.models import Member
from accounts.signals import access_revoked, account_closed, members_blocked, presence_hidden
from chat import services
from matching.models import Match
from matching.signals import matched, unmatched


def open_room(sender: Any, match: Match, **kwargs: Any) -> None:
    services.open_room(match)


def close_room(sender: Any, match: Match, **kwargs: Any) -> None:
    services.close_room(match)


def close_rooms_between(sender: Any, blocker_id: UUID, blocked_id: UUID, **kwargs: Any) -> None:
    services.close_rooms_between(blocker_id, blocked_id)


def erase_conversations(sender: Any, member: Member, **kwargs: Any) -> None:
    services.erase_conversations(member)


def look_again(sender: Any, member_id: UUID, **kwargs: Any) -> None:
    """Sessions are ended already: the hubs will see it and close their sockets."""
    services.tell([member_id])


def tell_presence(sender: Any, member_id: UUID, hidden: bool, **kwargs: Any) -> None:
    services.tell_presence(member_id, hidden=hidden)


def connect() -> None:
    matched.connect(open_room)
    unmatched.connect(close_room)
    members_blocked.connect(close_rooms_between)
    account_closed.connect(erase_conversations)
    presence_hidden.connect(tell_presence)
    access_revoked.connect(look_again)
