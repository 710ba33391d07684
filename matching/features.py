"""From a profile's row to what the score reads of it."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from accounts.models import Profile
from accounts.vocabulary.selectors import Vocabulary
from accounts.vocabulary.words import canonical
from matching.score import LEVELS, Features, Vector

DIMENSIONS = 384
MAX_HOURS = 168


def features(profile: Profile, known: Vocabulary, embedding: Vector | None) -> Features:
    """`profile.field` should be loaded; spellings are resolved through the vocabulary."""
    return Features(
        field=profile.field.slug if profile.field else None,
        role=canonical(profile.role),
        skills=resolved(profile.skills, known),
        wanted=resolved(profile.wanted_skills, known),
        experience=LEVELS.get(profile.experience_level),
        hours=None if profile.hours_per_week is None else min(profile.hours_per_week, MAX_HOURS),
        remote_only=profile.remote_only,
        country=canonical(profile.country),
        city=canonical(profile.city),
        utc_offset=utc_offset(profile.timezone),
        values=canonical_set(profile.values),
        work_styles=canonical_set(profile.work_styles),
        embedding=embedding,
    )


def resolved(names: Iterable[str], known: Vocabulary) -> frozenset[str]:
    """Canonical keys of the skills that the vocabulary knows."""
    return frozenset(skill.key for name in names if (skill := known.skill(name)) is not None)


def canonical_set(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(canonical, texts)))


@lru_cache(maxsize=1000)
def utc_offset(timezone: str) -> int | None:
    """Minutes east of UTC on 1 January 2026; None for a zone nobody knows."""
    try:
        offset = datetime(2026, 1, 1, tzinfo=ZoneInfo(timezone)).utcoffset()
    except (KeyError, ValueError, OSError):
        return None
    return None if offset is None else int(offset.total_seconds() // 60)


def vector(raw: bytes | memoryview | None) -> Vector | None:
    """A stored embedding; None when there is none or it is not what it should be."""
    if raw is None or len(raw) != DIMENSIONS * 4:
        return None
    return np.frombuffer(raw, dtype="<f4")
