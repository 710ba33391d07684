"""What moderators read of conversations."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Member
from accounts.moderation.models import Report
from chat import places
from chat.models import Message, Room
from matching.models import Match

LATEST, NEWEST = 200, 500


class Said(NamedTuple):
    sender: Member
    message: Message


def room_by_id(text: str) -> Room | None:
    try:
        return Room.objects.select_related("match__member_a__profile", "match__member_b__profile").filter(pk=UUID(text)).first()
    except ValueError:
        return None


def between(one: UUID, other: UUID) -> Q:
    return Q(reporter_id=one, subject_id=other) | Q(reporter_id=other, subject_id=one)


def reports_in(room: Room) -> QuerySet[Report]:
    """What the two of a room reported about one another, decided or not, newest first."""
    return Report.objects.filter(between(room.match.member_a_id, room.match.member_b_id)).select_related("reporter", "subject")


def reported_room_ids() -> set[UUID]:
    """Rooms of the newest open reports."""
    pairs = Report.objects.filter(status=Report.Status.OPEN).exclude(reporter=None).values_list("reporter_id", "subject_id")[:NEWEST]
    wanted = Q(pk=None)
    for pair in pairs:
        first, second = sorted(filter(None, pair))
        wanted |= Q(member_a=first, member_b=second)
    return set(Match.objects.filter(wanted).values_list("pk", flat=True))


def messages_in(room: Room) -> list[Said]:
    """The latest messages, oldest first; deleted ones are there without words. Raises Unavailable."""
    people = {member.pk: member for member in (room.match.member_a, room.match.member_b)}
    rows = places.messages({room.pk: {}}, order="-position", limit=LATEST)
    return [Said(people[row.sender_id], row) for row in reversed(rows) if row.sender_id in people]
