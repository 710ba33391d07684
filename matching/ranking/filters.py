"""What a viewer may ask Discover for, and what members demand of one another."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from accounts.vocabulary.words import canonical
from matching.score import LEVELS


@dataclass(frozen=True)
class Filters:
    """Empty means no condition. Fields are slugs, skills and languages canonical keys, countries ISO codes in upper case."""

    field: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    skills_mode: str = "any"
    wanted_by_them: bool = False
    experience_min: int | None = None
    experience_max: int | None = None
    min_hours: int | None = None
    remote: bool | None = None
    country: tuple[str, ...] = ()
    within_km: float | None = None
    language: tuple[str, ...] = ()
    online: bool = False
    has_photo: bool = False
    min_score: float | None = None

    @property
    def in_use(self) -> list[str]:
        """The names of conditions; `skills_mode` is none, it only says how `skills` is meant."""
        return [one.name for one in fields(self) if one.name != "skills_mode" and getattr(self, one.name) != one.default]

    @property
    def of_group_and_place(self) -> tuple[object, ...]:
        """What is asked of group and place; the rest is asked of each member."""
        return self.field, self.experience_min, self.experience_max, self.min_hours, self.remote, self.country


@dataclass(frozen=True)
class Facts:
    """What must-haves ask of a member."""

    country: str
    remote_only: bool
    experience: int | None
    field: str | None
    hours: int
    languages: frozenset[str]


def must_haves_as_filters(must: Mapping[str, Any]) -> Filters:
    """A member's must-haves are filters that are always on."""
    return Filters(
        field=tuple(must.get("fields") or ()),
        experience_min=LEVELS.get(must.get("experience_min") or ""),
        experience_max=LEVELS.get(must.get("experience_max") or ""),
        min_hours=must.get("min_hours"),
        remote=must.get("remote"),
        country=tuple(must.get("countries") or ()),
        language=tuple(map(canonical, must.get("languages") or ())),
    )


def satisfies(facts: Facts, must: Filters) -> bool:
    """Whether a member has what somebody's must-haves ask for. Unknown satisfies no condition."""
    level = facts.experience
    return (
        (not must.field or facts.field in must.field)
        and (must.experience_min is None or (level is not None and level >= must.experience_min))
        and (must.experience_max is None or (level is not None and level <= must.experience_max))
        and (must.min_hours is None or facts.hours >= must.min_hours)
        and (must.remote is None or facts.remote_only == must.remote)
        and (not must.country or facts.country in must.country)
        and (not must.language or bool(facts.languages & set(must.language)))
    )
