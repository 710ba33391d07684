"""What a ranking reads of a member, as it stands in the database."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Profile
from media.models import Photo

AT_ONCE = 2000
FIELDS = (
    "member_id", "field__slug", "role", "experience_level", "hours_per_week", "remote_only", "country", "city", "timezone", "cell",
    "skills", "wanted_skills", "values", "work_styles", "languages", "must_haves", "visibility",
    "member__email_verified_at", "member__is_active", "member__suspended_at", "member__suspended_until",
    "member__embedding__vector", "has_photo",
)  # fmt: skip


def records(profiles: QuerySet[Profile]) -> Iterator[dict[str, Any]]:
    """What `Population.write` takes, a member each."""
    photo = Photo.objects.filter(member_id=OuterRef("member_id"), status=Photo.Status.READY)
    rows: QuerySet[Any, dict[str, Any]] = profiles.order_by().annotate(has_photo=Exists(photo)).values(*FIELDS)
    return rows.iterator(chunk_size=AT_ONCE)
