"""Who is online: a mark in the future that open pages and sockets keep pushing ahead."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
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


def leave(member_ids: Iterable[UUID]) -> None:
    """The last socket of these members closed: no need to wait until the mark runs out."""
    now = timezone.now()
    Presence.objects.filter(member_id__in=list(member_ids)).update(last_seen=now, online_until=now)


def online_now() -> QuerySet[Presence]:
    """Of everybody who is online and shows it."""
    return Presence.objects.filter(online_until__gt=timezone.now(), member__profile__show_presence=True)


def online_members(viewer: Profile) -> list[UUID]:
    """The ids of whom `viewer` may see online: nobody for those who hide."""
    return list(online_now().values_list("member_id", flat=True)) if viewer.show_presence else []


def online_among(member_ids: Iterable[UUID]) -> set[UUID]:
    """Who of these is online now; whether they show it, their profiles say. Plain SQL: every page of cards asks."""
    wanted = {key_of(member_id): member_id for member_id in member_ids}
    if not wanted:
        return set()
    marks = ", ".join(["%s"] * len(wanted))
    statement = f"SELECT member_id FROM {Presence._meta.db_table} WHERE online_until > %s AND member_id IN ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [connection.ops.adapt_datetimefield_value(timezone.now()), *wanted])
        return {wanted[row[0]] for row in cursor.fetchall()}


def key_of(member_id: UUID) -> Any:
    """An id as this database keeps it."""
    return Presence._meta.pk.get_db_prep_value(member_id, connection)
