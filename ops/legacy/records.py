"""What is known of documents that were imported: the table of origins, asked for many at once."""

import hashlib
from collections.abc import Iterable, Sequence
from uuid import UUID

from ops.legacy.models import Import, Origin
from ops.legacy.outcomes import Skip

CHUNK = 500


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def targets(kind: str, keys: Iterable[str]) -> dict[str, UUID | None]:
    """The rows that these documents became; None for one whose member has left since. Unknown ones are missing."""
    wanted = sorted(set(keys))
    found: dict[str, UUID | None] = {}
    for start in range(0, len(wanted), CHUNK):
        names = {digest(key): key for key in wanted[start : start + CHUNK]} | {key: key for key in wanted[start : start + CHUNK]}
        rows = Origin.objects.filter(kind=kind, key__in=names).values_list("key", "target_id")
        found |= {names[key]: target for key, target in rows}
    return found


def named(found: dict[str, UUID | None], keys: Iterable[str]) -> UUID:
    """The member behind the first of these ids that is known. Raises Skip when none is, or they have left."""
    known = [found[key] for key in keys if key in found]
    if not known:
        raise Skip("unknown_member")
    if known[0] is None:
        raise Skip("member_left")
    return known[0]


def remember(run: Import, kind: str, rows: Sequence[tuple[str, UUID]]) -> None:
    """The first row that a key was given stays its own."""
    origins = {key: Origin(kind=kind, key=key, target_id=target, run=run) for key, target in reversed(rows)}
    Origin.objects.bulk_create(origins.values(), ignore_conflicts=True)


def came_over(kind: str, targets: Iterable[UUID]) -> set[UUID]:
    """Those of these rows that documents of this kind became."""
    rows = Origin.objects.filter(kind=kind, target_id__in=list(targets))
    return {target for target in rows.values_list("target_id", flat=True) if target}


def forget(member_id: UUID) -> None:
    """The member has left: that their documents were imported is all that is kept, so that another run does not bring them back."""
    for origin in Origin.objects.filter(target_id=member_id):
        Origin.objects.filter(pk=origin.pk).update(key=digest(origin.key), target_id=None)
