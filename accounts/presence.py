"""Who is online: a mark in the future that open pages and sockets keep pushing ahead."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Presence, Profile

ONLINE_SECONDS = 75
TOUCH_EVERY_SECONDS = 30


def touch(member_ids: Iterable[UUID]) -> None:
    """These members are here now."""
    now = timezone.now()
    rows = [Presence(member_id=member_id, last_seen=now, online_until=now + timedelta(seconds=ONLINE_SECONDS)) for member_id in member_ids]
    Presence.objects.bulk_create(rows, update_conflicts=True, unique_fields=["member"], update_fields=["last_seen", "online_until"])


def leave(member_id: UUID) -> None:
    """The member's last socket closed: no need to wait until the mark runs out."""
    now = timezone.now()
    Presence.objects.filter(member_id=member_id).update(last_seen=now, online_until=now)


def online_now() -> QuerySet[Presence]:
    """Of everybody who is online and shows it."""
    return Presence.objects.filter(online_until__gt=timezone.now(), member__profile__show_presence=True)


def online_members(viewer: Profile) -> list[UUID]:
    """The ids of whom `viewer` may see online: nobody for those who hide."""
    return list(online_now().values_list("member_id", flat=True)) if viewer.show_presence else []
