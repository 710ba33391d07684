"""Noting what bears on trust, and keeping the scores that lists are sorted by."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Member, Profile
from accounts.selectors import completeness
from accounts.trust import selectors
from accounts.trust.models import Fact, Standing

BATCH = 500


class Rebuilt(NamedTuple):
    """What a rebuild found to do: members looked at, facts that nobody had noted, scores that were different."""

    members: int
    facts: int
    scores: int


@transaction.atomic
def note(kind: Fact.Kind, member_ids: Iterable[UUID], source: str = "") -> None:
    """Adds one fact to each of these members, unless it is there already."""
    ids = list(member_ids)
    Fact.objects.bulk_create([Fact(member_id=member_id, kind=kind, source=source) for member_id in ids], ignore_conflicts=True)
    refresh(ids)


def refresh(member_ids: Iterable[UUID]) -> None:
    """Computes these members' standing anew."""
    rows = [Standing(member_id=member_id, score=points) for member_id, points in selectors.scores(member_ids).items()]
    Standing.objects.bulk_create(rows, update_conflicts=True, unique_fields=["member"], update_fields=["score", "computed_at"])


def note_profiles(member_ids: Iterable[UUID]) -> None:
    """Notes what these members' own rows tell: a verified address, a complete profile. One query when nothing is new."""
    ids = list(member_ids)
    for start in range(0, len(ids), BATCH):
        if facts := list(untold(Profile.objects.filter(member_id__in=ids[start : start + BATCH]))):
            Fact.objects.bulk_create(facts, ignore_conflicts=True)


def untold(profiles: QuerySet[Profile]) -> Iterator[Fact]:
    """The facts that are true of these profiles and not noted yet. A photo is no condition: accounts knows none."""
    noted = Fact.objects.filter(member=OuterRef("member"))
    rows = profiles.filter(member__email_verified_at__isnull=False).annotate(
        verified=Exists(noted.filter(kind=Fact.Kind.EMAIL_VERIFIED)), completed=Exists(noted.filter(kind=Fact.Kind.PROFILE_COMPLETED))
    )
    for profile in rows.filter(Q(verified=False) | Q(completed=False)):
        if not profile.verified:
            yield Fact(member_id=profile.pk, kind=Fact.Kind.EMAIL_VERIFIED)
        if not profile.completed and completeness(profile, has_photo=True)["percent"] == 100:
            yield Fact(member_id=profile.pk, kind=Fact.Kind.PROFILE_COMPLETED)


def rebuild(*, dry_run: bool = False) -> Rebuilt:
    """Adds what was never noted and computes every standing anew, a batch at a time. A second run finds nothing to do."""
    total = Rebuilt(0, 0, 0)
    for member_ids in batches():
        total = Rebuilt(*map(sum, zip(total, rebuild_some(member_ids, dry_run=dry_run), strict=True)))
    return total


def batches() -> Iterator[list[UUID]]:
    rest = Member.objects.order_by("pk").values_list("pk", flat=True)
    while ids := list(rest[:BATCH]):
        yield ids
        rest = rest.filter(pk__gt=ids[-1])


def rebuild_some(member_ids: list[UUID], *, dry_run: bool) -> Rebuilt:
    with transaction.atomic():
        facts = list(untold(Profile.objects.filter(member_id__in=member_ids).select_related("member")))
        Fact.objects.bulk_create(facts, ignore_conflicts=True)
        kept = dict(Standing.objects.filter(member_id__in=member_ids).values_list("member_id", "score"))
        changed = [member_id for member_id, points in selectors.scores(member_ids).items() if kept.get(member_id) != points]
        refresh(changed)
        transaction.set_rollback(dry_run)
    return Rebuilt(len(member_ids), len(facts), len(changed))
