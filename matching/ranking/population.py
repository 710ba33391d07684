"""Everybody as numpy columns: what a ranking reads, held in memory and kept fresh row by row.

A column holds one number a member. Text is interned: equal texts have equal codes, -1 is missing. Lists are padded to
their limit; in skill lists the pad is `no_skill`, the index after the vocabulary's last. Rows are never removed: a
deleted member's row is no longer listed.
"""

import json
import threading
import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Profile, Visibility
from accounts.vocabulary.selectors import Vocabulary, vocabulary
from accounts.vocabulary.words import canonical
from matching.features import DIMENSIONS, MAX_HOURS, resolved, utc_offset, vector
from matching.models import PopulationChange
from matching.ranking.filters import Facts
from matching.score import LEVELS
from media.models import Photo
from ops import revisions

REVISION = "population"
MAX_SKILLS, MAX_WANTED, MAX_WORDS = 30, 20, 10
FIRST_CAPACITY = 1024
MISSING = -1

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


class Codes:
    """Interning: the same thing gets the same small number."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self._codes: dict[Hashable, int] = {}

    def code(self, thing: Hashable) -> int:
        found = self._codes.get(thing)
        if found is None:
            found = self._codes[thing] = len(self.things)
            self.things.append(thing)
        return found

    def of(self, things: Iterable[Hashable]) -> list[int]:
        """The codes of those things that somebody has; what nobody has cannot match."""
        return [self._codes[thing] for thing in things if thing in self._codes]


# name: (dtype, width); width 0 is one number a member.
COLUMNS: Mapping[str, tuple[Any, int]] = {
    "id_high": (np.uint64, 0),
    "id_low": (np.uint64, 0),
    "listed": (np.bool_, 0),
    "suspended_until": (np.float64, 0),  # Unix seconds; 0 never, inf for good
    "field": (np.int16, 0),
    "role": (np.int32, 0),
    "experience": (np.int8, 0),
    "hours": (np.int16, 0),  # 0 is missing
    "remote": (np.bool_, 0),
    "country": (np.int16, 0),
    "place": (np.int32, 0),  # code of (remote_only, country, city, utc_offset)
    "cell": (np.int32, 0),
    "skills": (np.int16, MAX_SKILLS),
    "skill_count": (np.int8, 0),
    "wanted": (np.int16, MAX_WANTED),
    "wanted_count": (np.int8, 0),
    "values": (np.int32, MAX_WORDS),
    "work_styles": (np.int32, MAX_WORDS),
    "languages": (np.int32, MAX_WORDS),
    "must_haves": (np.int32, 0),
    "has_photo": (np.bool_, 0),
    "has_embedding": (np.bool_, 0),
    "embedding": (np.float32, DIMENSIONS),
}

RECORD = (
    "member_id", "field__slug", "role", "experience_level", "hours_per_week", "remote_only", "country", "city", "timezone", "cell",
    "skills", "wanted_skills", "values", "work_styles", "languages", "must_haves", "visibility",
    "member__email_verified_at", "member__is_active", "member__suspended_at", "member__suspended_until",
    "member__embedding__vector",
)  # fmt: skip


@dataclass
class Population:
    """The columns, as of population revision `revision` and vocabulary revision `known.revision`.

    Hold `lock` while reading: a refresh writes rows in place.
    """

    known: Vocabulary
    revision: int = 0
    count: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.row_of: dict[UUID, int] = {}
        self.fields = {slug: code for code, slug in enumerate(self.known.fields)}
        self.skill_keys = list(self.known.skills)
        self.skill_index = {key: index for index, key in enumerate(self.skill_keys)}
        self.no_skill = len(self.skill_keys)
        self.homes = np.array([self.skill_index[skill.category] for skill in self.known.skills.values()], np.intp)
        self.roles, self.countries, self.places, self.cells, self.words, self.musts = (Codes() for _ in range(6))
        self.columns = {name: self._empty(FIRST_CAPACITY, *kind) for name, kind in COLUMNS.items()}
        self.skill_members = np.zeros(self.no_skill + 1, np.int64)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """A column's used rows."""
        return self.columns[name][: self.count]

    @staticmethod
    def _empty(rows: int, dtype: Any, width: int) -> npt.NDArray[Any]:
        return np.zeros((rows, width) if width else rows, dtype)

    def _row(self, member_id: UUID) -> int:
        """The member's row; a new one at the end for somebody new."""
        row = self.row_of.get(member_id)
        if row is None:
            row = self.row_of[member_id] = self.count
            self.count += 1
            if self.count > len(self.columns["listed"]):
                self._grow()
            self.columns["id_high"][row], self.columns["id_low"][row] = halves(member_id)
        return row

    def _grow(self) -> None:
        for name, column in self.columns.items():
            self.columns[name] = np.concatenate([column, np.zeros_like(column)])

    def member_id(self, row: int) -> UUID:
        return UUID(int=(int(self["id_high"][row]) << 64) | int(self["id_low"][row]))

    def rows(self, member_ids: Iterable[UUID]) -> Rows:
        """Rows of those members who have one."""
        return np.array([self.row_of[member_id] for member_id in member_ids if member_id in self.row_of], np.intp)

    def write(self, record: tuple[Any, ...]) -> None:
        """Writes one member's row from a record of `RECORD`'s columns and whether there is a photo."""
        values = dict(zip((*RECORD, "has_photo"), record, strict=True))
        row = self._row(values["member_id"])
        self._count_skills(row, -1)
        for name, value in self._encoded(values).items():
            self.columns[name][row] = value
        self._count_skills(row, +1)

    def _count_skills(self, row: int, change: int) -> None:
        if self.columns["listed"][row]:
            skills = self.columns["skills"][row, : self.columns["skill_count"][row]]
            self.skill_members[skills] += change

    def _encoded(self, values: dict[str, Any]) -> dict[str, Any]:
        country, city = canonical(values["country"]), canonical(values["city"])
        skills = self._skill_indices(values["skills"], MAX_SKILLS)
        wanted = self._skill_indices(values["wanted_skills"], MAX_WANTED)
        embedding = vector(values["member__embedding__vector"])
        return {
            "listed": is_listed(values),
            "suspended_until": suspended_until(values),
            "field": self.fields.get(values["field__slug"], MISSING),
            "role": self.roles.code(role) if (role := canonical(values["role"])) else MISSING,
            "experience": LEVELS.get(values["experience_level"], MISSING),
            "hours": min(values["hours_per_week"] or 0, MAX_HOURS),
            "remote": values["remote_only"],
            "country": self.countries.code(country) if country else MISSING,
            "place": self.places.code((values["remote_only"], country, city, utc_offset(values["timezone"]))),
            "cell": self.cells.code(values["cell"]) if values["cell"] else MISSING,
            "skills": padded(skills, MAX_SKILLS, self.no_skill),
            "skill_count": len(skills),
            "wanted": padded(wanted, MAX_WANTED, self.no_skill),
            "wanted_count": len(wanted),
            "values": self._words(values["values"]),
            "work_styles": self._words(values["work_styles"]),
            "languages": self._words(values["languages"]),
            "must_haves": self.musts.code(json.dumps(values["must_haves"], sort_keys=True)) if values["must_haves"] else MISSING,
            "has_photo": values["has_photo"],
            "has_embedding": embedding is not None,
            "embedding": 0.0 if embedding is None else embedding,
        }

    def _skill_indices(self, names: list[str], limit: int) -> list[int]:
        return sorted(self.skill_index[key] for key in resolved(names, self.known))[:limit]

    def _words(self, texts: list[str]) -> list[int]:
        codes = sorted({self.words.code(word) for text in texts if (word := canonical(text))})
        return padded(codes[:MAX_WORDS], MAX_WORDS, MISSING)

    def facts(self, row: int) -> Facts:
        """What somebody else's must-haves ask of this member."""
        code, level = int(self["country"][row]), int(self["experience"][row])
        slug = int(self["field"][row])
        return Facts(
            country=self.countries.things[code].upper() if code >= 0 else "",
            remote_only=bool(self["remote"][row]),
            experience=level if level >= 0 else None,
            field=list(self.fields)[slug] if slug >= 0 else None,
            hours=int(self["hours"][row]),
            languages=frozenset(self.words.things[code] for code in self["languages"][row] if code >= 0),
        )

    def eligible(self) -> Mask:
        """Who may be shown to anybody right now."""
        mask: Mask = self["listed"] & (self["suspended_until"] <= time.time())
        return mask

    def commonness(self) -> Mapping[str, int]:
        """How many listed members have each skill, by canonical key."""
        return dict(zip(self.skill_keys, self.skill_members.tolist(), strict=False))

    def forget(self, member_id: UUID) -> None:
        if (row := self.row_of.get(member_id)) is not None:
            self._count_skills(row, -1)
            self.columns["listed"][row] = False


def halves(member_id: UUID) -> tuple[int, int]:
    return member_id.int >> 64, member_id.int & (2**64 - 1)


def padded(codes: Sequence[int], width: int, pad: int) -> list[int]:
    return [*codes, *[pad] * (width - len(codes))]


def is_listed(values: Mapping[str, Any]) -> bool:
    """The rule of `accounts.selectors.is_listed`, but for suspension, which has its own column."""
    return bool(
        values["member__email_verified_at"]
        and values["member__is_active"]
        and values["visibility"] == Visibility.PUBLIC
        and values["field__slug"]
        and values["skills"]
    )


def suspended_until(values: Mapping[str, Any]) -> float:
    if values["member__suspended_at"] is None:
        return 0.0
    until = values["member__suspended_until"]
    return float("inf") if until is None else float(until.timestamp())


# --- Loading and keeping fresh ---


def records(profiles: QuerySet[Profile]) -> Iterable[tuple[Any, ...]]:
    photo = Photo.objects.filter(member_id=OuterRef("member_id"), status=Photo.Status.READY)
    return profiles.order_by().annotate(has_photo=Exists(photo)).values_list(*RECORD, "has_photo").iterator(chunk_size=2000)


def load(known: Vocabulary, revision: int) -> Population:
    """Everybody. The revision was read before: what changes meanwhile is read again by the first refresh."""
    made = Population(known, revision)
    for record in records(Profile.objects.all()):
        made.write(record)
    return made


def refresh(held: Population, revision: int) -> bool:
    """Reads the rows again that changed since; a change costs its own rows only. False when some notes are gone."""
    with held.lock:
        notes = PopulationChange.objects.filter(number__gt=held.revision, number__lte=revision)
        changes = list(notes.values_list("member_ids", flat=True))
        if len(changes) != revision - held.revision:
            return False
        changed = {UUID(member_id) for change in changes for member_id in change}
        there = set()
        for record in records(Profile.objects.filter(member_id__in=changed)):
            there.add(record[0])
            held.write(record)
        for member_id in changed - there:
            held.forget(member_id)
        held.revision = revision
    return True


_loading = threading.Lock()
_held: Population | None = None


def population(numbers: Mapping[str, int] | None = None) -> Population:
    """The columns as committed now. A caller that has just read the revisions hands them in."""
    global _held
    revision, words = wanted(revisions.current() if numbers is None else numbers)
    with _loading:
        if _held is not None and (_held.revision > revision or _held.known.revision > words):
            revision, words = wanted(revisions.current())  # the caller read them before a change that somebody else has seen
        of_another_time = _held is None or _held.known.revision != words or _held.revision > revision
        if _held is None or of_another_time or (_held.revision < revision and not refresh(_held, revision)):
            _held = load(vocabulary(words), revision)
        return _held


def wanted(numbers: Mapping[str, int]) -> tuple[int, int]:
    return numbers.get(REVISION, 0), numbers.get("vocabulary", 0)


def note_change(sender: Any, member_ids: Iterable[UUID], **kwargs: Any) -> None:
    """Tells every process to read these members again. Receiver of `profile_changed`; runs in its transaction."""
    number = revisions.bump(REVISION)
    PopulationChange.objects.create(number=number, member_ids=[str(member_id) for member_id in member_ids])
