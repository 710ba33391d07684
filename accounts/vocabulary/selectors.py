"""The vocabulary as one immutable object in memory, made anew when its revision has moved."""

import threading
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accounts.vocabulary.models import Field, Skill
from accounts.vocabulary.words import canonical
from ops import revisions

REVISION = "vocabulary"


@dataclass(frozen=True)
class FieldEntry:
    slug: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class SkillEntry:
    """`category` is the canonical key of the category; a category's is its own key."""

    slug: str
    name: str
    key: str
    category: str
    category_name: str
    aliases: tuple[str, ...]

    @property
    def is_category(self) -> bool:
        return self.category == self.key


@dataclass(frozen=True)
class Vocabulary:
    """Fields by slug, skills by canonical key. Reading it asks no database."""

    revision: int
    fields: dict[str, FieldEntry]
    skills: dict[str, SkillEntry]
    _spellings: dict[str, str] = field(repr=False)

    def skill(self, spelling: str) -> SkillEntry | None:
        """The skill of this name, alias or slug in any letter case; None when nobody knows it."""
        key = self._spellings.get(canonical(spelling))
        return self.skills[key] if key is not None else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `from_dict` reads it back."""
        return {
            "revision": self.revision,
            "fields": [[entry.slug, entry.name, sorted(entry.groups)] for entry in self.fields.values()],
            "skills": [[s.slug, s.name, s.key, s.category, s.category_name, list(s.aliases)] for s in self.skills.values()],
            "spellings": self._spellings,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Vocabulary":
        fields = {slug: FieldEntry(slug, name, frozenset(groups)) for slug, name, groups in kept["fields"]}
        skills = {
            key: SkillEntry(slug, name, key, category, category_name, tuple(aliases))
            for slug, name, key, category, category_name, aliases in kept["skills"]
        }
        return cls(kept["revision"], fields, skills, kept["spellings"])

    @property
    def spellings(self) -> Set[str]:
        """Every canonical spelling of a skill."""
        return self._spellings.keys()

    def key_of(self, spelling: str) -> str | None:
        """The skill's key behind a canonical spelling."""
        return self._spellings.get(spelling)

    @cached_property
    def _field_spellings(self) -> dict[str, str]:
        return {spelling: entry.slug for entry in self.fields.values() for spelling in (entry.slug, canonical(entry.name))}

    def field(self, spelling: str) -> FieldEntry | None:
        slug = self._field_spellings.get(canonical(spelling))
        return self.fields[slug] if slug is not None else None

    def search_skills(self, query: str, limit: int = 10) -> list[SkillEntry]:
        """Skills whose name or alias holds `query`: exact first, then beginnings, then anywhere, each by name."""
        wanted = canonical(query)
        ranked = [(rank, skill.name, skill) for skill in self.skills.values() if (rank := closeness(wanted, skill)) is not None]
        return [skill for _, _, skill in sorted(ranked, key=lambda row: row[:2])[:limit]]


def closeness(wanted: str, skill: SkillEntry) -> int | None:
    spellings = [skill.key, *map(canonical, skill.aliases)]
    if wanted in spellings:
        return 0
    if any(spelling.startswith(wanted) for spelling in spellings):
        return 1
    return 2 if any(wanted in spelling for spelling in spellings) else None


_lock = threading.Lock()
_held: Vocabulary | None = None


def vocabulary(revision: int | None = None) -> Vocabulary:
    """The vocabulary as it is published now. A caller that has just read the revisions hands its number in."""
    global _held
    number = revisions.current().get(REVISION, 0) if revision is None else revision
    held = _held
    if held is not None and held.revision == number:
        return held
    with _lock:
        if _held is None or _held.revision != number:
            _held = load(number)
        return _held


def load(revision: int) -> Vocabulary:
    fields = {
        row.slug: FieldEntry(row.slug, row.name, frozenset(group.slug for group in row.groups.all()))
        for row in Field.objects.prefetch_related("groups")
    }
    skills: dict[str, SkillEntry] = {}
    spellings: dict[str, str] = {}
    for row in Skill.objects.select_related("category").prefetch_related("aliases"):
        home = row.category or row
        aliases = tuple(alias.name for alias in row.aliases.all())
        skills[row.key] = SkillEntry(row.slug, row.name, row.key, home.key, home.name, aliases)
        # A canonical name or alias comes before somebody else's slug.
        spellings.update(dict.fromkeys([row.key, *map(canonical, aliases)], row.key))
    for skill in skills.values():
        spellings.setdefault(canonical(skill.slug), skill.key)
    return Vocabulary(revision, fields, skills, spellings)
