"""What happens to rooms, and what members do in them."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Member
from chat import attendance, limits, places, post
from chat.frames import Delete, Edit, Read, Send
from chat.letters import MemberLetter
from chat.log import Change, Stored
from chat.models import Membership, Message, Room
from chat.writer import write
from matching.models import Match
from ops import jobs
from ops.context import request_id
from ops.errors import TooMany

# --- Rooms ---


def open_room(match: Match) -> Room:
    """The room of a match that was made in this transaction."""
    room = Room.objects.create(match=match, active_at=match.created_at, place=places.for_new_rooms())
    pair = (match.member_a_id, match.member_b_id)
    Membership.objects.bulk_create(Membership(room=room, member_id=one, peer_id=other) for one, other in (pair, pair[::-1]))
    tell(pair)
    return room


def close_room(match: Match) -> None:
    """Nothing is read or written there any more. Waits for the group that is being stored; later ones find it closed."""
    Room.objects.filter(match_id=match.pk, closed_at=None).update(closed_at=timezone.now())
    tell([match.member_a_id, match.member_b_id])


def close_rooms_between(one: UUID, other: UUID) -> None:
    for match in Match.objects.filter(Q(member_a=one, member_b=other) | Q(member_a=other, member_b=one)):
        close_room(match)


def erase_conversations(member: Member) -> None:
    """Both sides of them: the rows of rooms go with the member's matches, but nothing takes messages along."""
    rooms = Membership.objects.filter(member=member)
    room_ids = list(rooms.values_list("room_id", flat=True))
    Room.objects.filter(match_id__in=room_ids).update(closed_at=timezone.now())
    Message.objects.using(places.MAIN).filter(room_id__in=room_ids).delete()
    if places.has_mongodb():  # no transaction reaches there: a job does it when this one is through
        jobs.promise("chat.places.erase", [str(room_id) for room_id in room_ids])
    tell([member.pk, *rooms.values_list("peer_id", flat=True)])


def tell_presence(member_id: UUID, *, hidden: bool) -> None:
    """A member hides when they are here, or shows it again: both what they tell and what they hear changes."""
    rooms = list(Membership.objects.filter(member_id=member_id, room__closed_at=None).values_list("room_id", flat=True))
    tell([member_id])
    transaction.on_commit(lambda: attendance.tell_hidden(member_id, rooms, hidden=hidden), robust=True)


def tell(member_ids: Iterable[UUID]) -> None:
    """After the commit, every hub looks again at what these members may hear."""
    letters: list[MemberLetter] = [{"type": "member", "member": str(member_id), "request_id": request_id()} for member_id in member_ids]
    transaction.on_commit(lambda: post.send(letters), robust=True)


# --- Messages ---


def send_message(member: Member, room_id: UUID, *, client_id: UUID, body: str, photo: UUID | None = None) -> Stored:
    """Stores a message, or finds it when this client_id was stored before. `body` is clean. Raises RoomNotFound, TooMany, Unavailable."""
    if not limits.may_send(member.pk):
        raise TooMany(retry_after=int(limits.WINDOW_SECONDS))
    return stored(member, Send(room_id, client_id, body, photo))


def edit_message(member: Member, room_id: UUID, message_id: UUID, body: str) -> Stored:
    """Raises MessageNotFound for what is not the member's own, TooLate after 15 minutes."""
    return stored(member, Edit(room_id, message_id, body))


def delete_message(member: Member, room_id: UUID, message_id: UUID) -> Stored:
    """Empties a message of the member's own; its place in the conversation stays."""
    return stored(member, Delete(room_id, message_id))


def stored(member: Member, frame: Send | Edit | Delete) -> Stored:
    outcome = write(Change(member.pk, frame, request_id=request_id()))
    assert isinstance(outcome, Stored)
    return outcome


def mark_read(member: Member, room_id: UUID, seq: int) -> None:
    """Everything up to `seq` was seen. A smaller seq than before changes nothing."""
    write(Change(member.pk, Read(room_id, seq), request_id=request_id()))
