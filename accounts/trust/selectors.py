"""Reading trust."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils import timezone

from accounts.models import Member
from accounts.trust.models import Fact
from accounts.trust.score import ESTABLISHED, Happened, score


def scores(member_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """Everybody's score as of now, from their facts; two queries however many."""
    now, ids = timezone.now(), list(member_ids)
    facts: dict[UUID, list[Happened]] = {}
    for member_id, kind, at in Fact.objects.filter(member_id__in=ids).values_list("member_id", "kind", "created_at"):
        facts.setdefault(member_id, []).append((kind, at))
    joined = Member.objects.filter(pk__in=ids).values_list("pk", "joined_at")
    return {member_id: score(facts.get(member_id, ()), joined_at, now) for member_id, joined_at in joined}


def established(member_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these members who are trusted more than newcomers."""
    return {member_id for member_id, points in scores(member_ids).items() if points >= ESTABLISHED}
