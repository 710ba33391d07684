"""The notes of change by which whoever holds everybody keeps up: one for each commit, numbered without a hole."""

from datetime import datetime
from uuid import UUID

from matching.models import PopulationChange

REVISION = "population"


def mark_of(revision: int) -> str:
    """Names the change of this number beyond doubt: numbers alone come again when a backup is restored. Empty when its note is gone."""
    note = PopulationChange.objects.filter(number=revision).first()
    return mark(revision, note.created_at) if note else ""


def changed_between(revision: int, later: int) -> tuple[set[UUID], str] | None:
    """Members with a note after `revision`, up to `later`, and the mark of that; None when some of these notes are gone."""
    noted = PopulationChange.objects.filter(number__gt=revision, number__lte=later).order_by("number")
    changes = list(noted.values_list("member_ids", "created_at"))
    if len(changes) != later - revision:
        return None
    members = {UUID(member_id) for member_ids, _ in changes for member_id in member_ids}
    return members, mark(later, changes[-1][1]) if changes else ""


def mark(number: int, moment: datetime) -> str:
    return f"{number} {moment.isoformat()}"
