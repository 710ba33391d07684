"""Everybody as numpy columns: what a ranking reads, held in memory, kept fresh row by row, shared between processes.

A column holds one number (or one short list) a member; what is dear to compare is interned into small codes. The columns
come in four kinds, by who reads them:

- *scanned* columns are read for every member by every search: 59 bytes a member, each column by itself;
- one *record* of 256 bytes a member holds the lists that only the exact score reads: four cache lines, side by side;
- the *embedding*, 1,536 bytes, is read for the few whose other parts leave them a chance;
- *rare* columns serve identity and unusual filters.

Equal combinations of field, experience, hours and must-haves are one *group*, equal combinations of remote, country, city
and UTC offset one *place*: a viewer's search makes one table over groups and one over places, and a member's cheap parts
are two look-ups. Group 0 is nobody's: who is not listed has it, and no table gives it a chance.

Rows are never removed, only written again, so that a change costs its own row. `snapshot` keeps the columns in files that
the processes of one machine map into memory; a changed row is then a private copy of its pages.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from accounts.models import Visibility
from accounts.places import EARTH_RADIUS_KM, seen_at
from accounts.vocabulary.selectors import Vocabulary
from accounts.vocabulary.words import canonical
from matching.features import DIMENSIONS, MAX_HOURS, utc_offset, vector
from matching.ranking.codes import MISSING, Codes, Tuples
from matching.ranking.filters import Filters, must_haves_as_filters
from matching.score import LEVELS

MAX_SKILLS, MAX_WANTED, MAX_WORDS = 30, 20, 10
FIRST_CAPACITY = 1024
DERIVED_AT_ONCE = 65_536
WORD = 64
NOBODY = 0
NO_OFFSET = -10_000

SERIALS = count(1)  # of the populations of this process

Stamp = tuple[int, int]
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

SCANNED: Mapping[str, Any] = {
    "group": np.uint32,
    "place": np.uint32,
    # A list as 64 bits, each code one of them: whoever shares no bit shares nothing.
    "value_bits": np.uint64,
    "style_bits": np.uint64,
    "skill_bits": np.uint64,
    "category_bits": np.uint64,
    "wanted_bits": np.uint64,
    "language_bits": np.uint64,
    "skill_count": np.uint8,
    "wanted_count": np.uint8,
    "has_embedding": np.uint8,
}
# What the exact score reads of a member, side by side. Lists are padded: skills with 0, which is no skill, words with MISSING.
# Group, place and the existence of a text are repeated here: a look into another column would be another trip to memory.
RECORD = np.dtype(
    {
        "names": [
            "skills", "role",
            "own_group", "own_place", "suspended_until", "values", "has_text",
            "wanted", "work_styles", "languages",
        ],
        "formats": [
            ("<u2", MAX_SKILLS), "<i4",
            "<u4", "<u4", "<f8", ("<i4", MAX_WORDS), "u1",
            ("<u2", MAX_WANTED), ("<i4", MAX_WORDS), ("<i4", MAX_WORDS),
        ],
        "offsets": [0, 60, 64, 68, 72, 80, 120, 128, 168, 208],
        "itemsize": 256,
    }
)  # fmt: skip
RARE: Mapping[str, Any] = {
    "id_high": np.uint64,
    "id_low": np.uint64,
    "cell": np.int32,
    "has_photo": np.bool_,
    "stamp": np.uint32,  # how many rows this process had written when it wrote this one; 0 as loaded
}
# What is interned by plain codes.
CODED = ("fields", "roles", "countries", "cities", "words", "musts", "cells", "categories")
COLUMNS: Mapping[str, Any] = {**SCANNED, **RARE, "record": RECORD, "embedding": np.dtype((np.float32, DIMENSIONS))}


class Columns(NamedTuple):
    """What the compiled loops read; rows beyond the population's count are empty."""

    group: npt.NDArray[np.uint32]
    place: npt.NDArray[np.uint32]
    value_bits: Words
    style_bits: Words
    skill_bits: Words
    category_bits: Words
    wanted_bits: Words
    language_bits: Words
    skill_count: npt.NDArray[np.uint8]
    wanted_count: npt.NDArray[np.uint8]
    has_embedding: npt.NDArray[np.uint8]
    skills: npt.NDArray[np.uint16]
    own_group: npt.NDArray[np.uint32]
    own_place: npt.NDArray[np.uint32]
    has_text: npt.NDArray[np.uint8]
    role: npt.NDArray[np.int32]
    values: npt.NDArray[np.int32]
    wanted: npt.NDArray[np.uint16]
    work_styles: npt.NDArray[np.int32]
    languages: npt.NDArray[np.int32]
    embedding: npt.NDArray[np.float32]
    suspended_until: npt.NDArray[np.float64]
    id_high: Words
    id_low: Words


class Population:
    """The columns, as of population revision `revision` and the vocabulary `known`.

    Hold `lock` while reading: a refresh writes rows in place. `as_of` names the last change that was read; a snapshot
    carries it to prove that it is of this database.
    """

    fields: Codes
    roles: Codes
    countries: Codes
    cities: Codes
    words: Codes
    musts: Codes  # as JSON
    cells: Codes
    categories: Codes  # by the code of the skill that is the category

    def __init__(self, known: Vocabulary, revision: int = 0, as_of: str = "") -> None:
        self.known, self.revision, self.as_of = known, revision, as_of
        self.serial, self.written = next(SERIALS), 0
        self._commonness: tuple[int, dict[str, int]] | None = None
        self.lock = threading.RLock()
        self.count = 0
        self.columns = {name: np.zeros(FIRST_CAPACITY, kind) for name, kind in COLUMNS.items()}
        for name in CODED:
            setattr(self, name, Codes())
        self.skills = Codes([""])  # code 0 is the pad
        self.groups = Tuples(np.array([[MISSING, MISSING, 0, MISSING]], np.int32))
        self.places = Tuples(np.zeros((0, 4), np.int32))
        self.strangers: dict[str, list[int]] = {}  # rows by each spelling that the vocabulary does not know
        self.skill_bit = np.zeros(0, np.uint8)
        self.skill_members = np.zeros(1, np.int64)
        self.sorted_rows = np.zeros(0, np.int32)
        self.newcomers: dict[UUID, int] = {}
        self.by_group, self.group_starts = np.zeros(0, np.uint32), np.zeros(1, np.int64)
        self._learn(known)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """A column's used rows."""
        whole = self.columns["record"][name] if name in (RECORD.names or ()) else self.columns[name]
        return whole[: self.count]

    @property
    def capacity(self) -> int:
        return len(self.columns["group"])

    @cached_property
    def loops(self) -> Columns:
        """The columns in the order that the compiled loops take them."""
        record = self.columns["record"]
        return Columns(**{name: record[name] if name in (RECORD.names or ()) else self.columns[name] for name in Columns._fields})

    # A population of everybody; `candidates` holds some.

    is_full = False

    def of_interest(self, changed: Iterable[UUID]) -> Iterable[UUID]:
        """Of members who changed, those whose rows are to be read again."""
        return changed

    # --- Who is where ---

    def member_id(self, row: int) -> UUID:
        return UUID(int=(int(self["id_high"][row]) << 64) | int(self["id_low"][row]))

    def row(self, member_id: UUID) -> int | None:
        """The member's row, also when they are not listed; None for somebody never seen."""
        if (row := self.newcomers.get(member_id)) is not None or not len(self.sorted_rows):
            return row
        found = self.rows([member_id])
        return int(found[0]) if len(found) else None

    def __contains__(self, member_id: UUID) -> bool:
        return self.row(member_id) is not None

    def rows(self, member_ids: Iterable[UUID]) -> Rows:
        """Rows of those members who have one."""
        wanted = list(member_ids)
        highs, lows = (
            (np.array(part, np.uint64) for part in zip(*map(halves, wanted), strict=True)) if wanted else (np.zeros(0, np.uint64),) * 2
        )
        found = [self.newcomers[member_id] for member_id in wanted if member_id in self.newcomers]
        first, last = (np.searchsorted(self._sorted_high, highs, side) for side in ("left", "right"))
        for step in range(int((last - first).max(initial=0))):  # ids of one moment may share their upper half
            there = first + step < last
            rows = self.sorted_rows[(first + step)[there]]
            found += rows[self.columns["id_low"][rows] == lows[there]].tolist()
        return np.array(found, np.intp)

    @cached_property
    def _sorted_high(self) -> Words:
        """The upper halves of the ids in the order of `sorted_rows`."""
        high: Words = self.columns["id_high"][self.sorted_rows]
        return high

    def _row_of(self, member_id: UUID) -> int:
        """The member's row; a new one at the end for somebody new."""
        row = self.row(member_id)
        if row is None:
            if self.count == self.capacity:
                self._grow()
            row = self.newcomers[member_id] = self.count
            self.count += 1
            self.columns["id_high"][row], self.columns["id_low"][row] = halves(member_id)
        return row

    def _grow(self) -> None:
        """Twice the room: every column is copied, once in as many sign-ups as there are members."""
        for name, column in self.columns.items():  # not by concatenate, which packs records anew
            self.columns[name] = np.zeros(2 * len(column), COLUMNS[name])
            self.columns[name][: len(column)] = column
        self.__dict__.pop("loops", None)

    # --- Writing rows ---

    def write(self, values: Mapping[str, Any]) -> None:
        """Writes one member's row from the values of `records.FIELDS`."""
        row = self._row_of(values["member_id"])
        self._count_skills(row, -1)
        self._put(values, row)
        self.derive(slice(row, row + 1))
        self._count_skills(row, +1)
        self.written += 1
        self.columns["stamp"][row] = self.written

    def stamps(self, member_ids: Sequence[UUID]) -> dict[UUID, Stamp]:
        """Of those who have a row: a pair that changes whenever anything about the member does that a score or a card reads."""
        rows = self.rows(member_ids)
        highs, lows, stamps = (self[name][rows].tolist() for name in ("id_high", "id_low", "stamp"))
        return {UUID(int=(high << 64) | low): (self.serial, stamp) for high, low, stamp in zip(highs, lows, stamps, strict=True)}

    def write_many(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes everybody; what follows from the rows is derived for all at once."""
        for values in rows:
            self._put(values, self._row_of(values["member_id"]))
        self.settle()

    def append_many(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes members who have no row yet, at the end."""
        first = self.count
        for values in rows:
            self._put(values, self._row_of(values["member_id"]))
        self.derive(slice(first, self.count))
        for row in range(first, self.count):
            self._count_skills(row, +1)
        self.written += 1
        self.columns["stamp"][first : self.count] = self.written

    def _put(self, values: Mapping[str, Any], row: int) -> None:
        record, columns = self.columns["record"], self.columns
        for name, value in self._lists(values, row).items():
            record[name][row] = value
        for name, value in self._numbers(values).items():
            columns[name][row] = value

    def _lists(self, values: Mapping[str, Any], row: int) -> dict[str, Any]:
        return {
            "skills": padded(self._skill_codes(values["skills"], row), MAX_SKILLS, 0),
            "wanted": padded(self._skill_codes(values["wanted_skills"], row), MAX_WANTED, 0),
            "role": self.roles.code_or_missing(canonical(values["role"])),
            "suspended_until": suspended_until(values),  # Unix seconds; 0 never, inf for good
            "values": self._words(values["values"]),
            "work_styles": self._words(values["work_styles"]),
            "languages": self._words(values["languages"]),
        }

    def _numbers(self, values: Mapping[str, Any]) -> dict[str, Any]:
        embedding = vector(values["member__embedding__vector"])
        return {
            "group": self._group(values) if is_listed(values) else NOBODY,
            "place": self._place(values),
            "cell": self.cells.code_or_missing(values["cell"]),
            "has_photo": values["has_photo"],
            "has_embedding": embedding is not None,
            "embedding": 0.0 if embedding is None else embedding,
        }

    def _group(self, values: Mapping[str, Any]) -> int:
        must = values["must_haves"]
        return self.groups.code(
            (
                self.fields.code(values["field__slug"]),
                LEVELS.get(values["experience_level"], MISSING),
                min(values["hours_per_week"] or 0, MAX_HOURS),
                self.musts.code(json.dumps(must, sort_keys=True)) if must else MISSING,
            )
        )

    def _place(self, values: Mapping[str, Any]) -> int:
        offset = utc_offset(values["timezone"])
        country = self.countries.code_or_missing(canonical(values["country"]))
        city = self.cities.code_or_missing(canonical(values["city"]))
        return self.places.code((int(values["remote_only"]), country, city, NO_OFFSET if offset is None else offset))

    def _skill_codes(self, names: Sequence[str], row: int) -> list[int]:
        """Codes of the skills that the vocabulary knows; whoever wrote another spelling is read again when it learns it."""
        found = set()
        for name in names:
            skill = self.known.skill(name)
            if skill is not None:
                found.add(self.skills.known(skill.key))
            else:
                self.strangers.setdefault(canonical(name), []).append(row)
        return sorted(found)

    def _words(self, texts: Sequence[str]) -> list[int]:
        codes = sorted({self.words.code(word) for text in texts if (word := canonical(text))})
        return padded(codes, MAX_WORDS, MISSING)

    def _count_skills(self, row: int, change: int) -> None:
        if self.columns["group"][row] != NOBODY:
            skills = self.columns["record"]["skills"][row]
            self.skill_members[skills[skills > 0]] += change

    def forget(self, member_id: UUID) -> None:
        """Somebody who closed their account: nothing of them stays but an id that no search reaches."""
        if (row := self.row(member_id)) is not None:
            self.written += 1
            self._count_skills(row, -1)
            for name, column in self.columns.items():
                if name not in {"id_high", "id_low"}:
                    column[row] = np.zeros(1, column.dtype)[0]
            self.columns["stamp"][row] = self.written

    # --- What follows from what was written ---

    def derive(self, rows: slice) -> None:
        """Bits and counts of rows whose lists were written."""
        record, columns = self.columns["record"][rows], self.columns
        record["own_group"], record["own_place"], record["has_text"] = (columns[name][rows] for name in ("group", "place", "has_embedding"))
        columns["skill_bits"][rows] = merged(self.skill_words[record["skills"]])
        columns["category_bits"][rows] = merged(self.category_words[record["skills"]])
        columns["wanted_bits"][rows] = merged(self.skill_words[record["wanted"]])
        columns["skill_count"][rows] = (record["skills"] != 0).sum(axis=1)
        columns["wanted_count"][rows] = (record["wanted"] != 0).sum(axis=1)
        for name, bits in (("values", "value_bits"), ("work_styles", "style_bits"), ("languages", "language_bits")):
            columns[bits][rows] = merged(word_bits(record[name]))

    def settle(self) -> None:
        """After many rows: the most frequent skills get bits of their own, and everybody can be found by id and by group."""
        self.count_skills()
        self.skill_bit = bits_by_frequency(self.skill_members)
        self._forget_words()
        for rows in slices(self.count, DERIVED_AT_ONCE):
            self.derive(rows)
        self.index()

    def count_skills(self) -> None:
        listed = np.bincount(self["skills"][self["group"] != NOBODY].ravel(), minlength=len(self.skills))
        self.skill_members = np.append(0, listed[1:])

    def index(self) -> None:
        """Everybody by id, and everybody by group: the runs from which a search takes its first guesses."""
        self.sorted_rows = np.lexsort((self["id_low"], self["id_high"])).astype(np.int32)
        self.newcomers = {}
        self.__dict__.pop("_sorted_high", None)
        self.by_group = np.argsort(self["group"], kind="stable").astype(np.uint32)
        self.group_starts = np.append(0, np.cumsum(np.bincount(self["group"], minlength=len(self.groups)))).astype(np.int64)

    @cached_property
    def skill_words(self) -> Words:
        """Each skill's bit as a word; the pad's is empty."""
        words = np.uint64(1) << self.skill_bit.astype(np.uint64)
        words[0] = 0
        return words

    @cached_property
    def category_words(self) -> Words:
        """The bit of each skill's category as a word; the pad's is empty."""
        numbers = np.array([self.categories.code(home) for home in self.homes.tolist()])
        words = np.uint64(1) << (numbers % WORD).astype(np.uint64)
        words[0] = 0
        return words

    def words_of_skills(self, skills: Any) -> int:
        """The bits of some skills, given by their codes or by a mask."""
        return int(np.bitwise_or.reduce(self.skill_words[skills])) if len(skills) else 0

    def words_of_categories(self, skills: Any) -> int:
        """The bits of the categories of some skills."""
        return int(np.bitwise_or.reduce(self.category_words[skills])) if len(skills) else 0

    def _forget_words(self) -> None:
        for name in ("skill_words", "category_words"):
            self.__dict__.pop(name, None)

    # --- The vocabulary ---

    def _learn(self, known: Vocabulary) -> None:
        """Codes for what the vocabulary names; codes that are there stay what they are."""
        self.known = known
        for slug in known.fields:
            self.fields.code(slug)
        for key in known.skills:
            self.skills.code(key)
        self.skill_keys: list[str] = list(self.skills.things)
        homes = [known.skills[key].category if key in known.skills else key for key in self.skill_keys]
        self.homes = np.array([self.skills.known(home) for home in homes], np.intp)
        new = len(self.skill_keys) - len(self.skill_bit)
        self.skill_bit = np.append(self.skill_bit, (np.arange(new) + len(self.skill_bit)) % WORD).astype(np.uint8)
        self.skill_members = np.append(self.skill_members, np.zeros(len(self.skill_keys) - len(self.skill_members), np.int64))
        self._forget_words()
        self._commonness = None

    def adopt(self, known: Vocabulary) -> set[UUID]:
        """Takes a new vocabulary on; returns those whose skills or field mean something else now and have to be read again."""
        old = self.known
        moved = {spelling for spelling in old.spellings | known.spellings if old.key_of(spelling) != known.key_of(spelling)}
        rows = {row for spelling in moved for row in self.strangers.pop(spelling, ())}
        changed = {key for spelling in moved if (key := old.key_of(spelling))}
        changed |= {key for key, skill in known.skills.items() if key in old.skills and old.skills[key].category != skill.category}
        codes = self.skills.of(changed)
        touched = np.isin(self["skills"], codes).any(axis=1) | np.isin(self["wanted"], codes).any(axis=1)
        gone = self.fields.of(slug for slug in old.fields if slug not in known.fields)
        touched |= np.isin(self.groups.array[:, 0], gone)[self["group"]]
        self._learn(known)
        return {self.member_id(row) for row in rows | set(np.flatnonzero(touched).tolist())}

    def commonness(self) -> Mapping[str, int]:
        """How many listed members have each skill, by canonical key."""
        if self._commonness is None or self._commonness[0] != self.written:
            self._commonness = (self.written, dict(zip(self.skill_keys, self.skill_members.tolist(), strict=True)))
        return self._commonness[1]

    def must_filters(self) -> list[Filters]:
        """Each distinct set of must-haves as filters, by code."""
        held: list[Filters] = self.__dict__.setdefault("_must_filters", [])
        held += [must_haves_as_filters(json.loads(must)) for must in self.musts.things[len(held) :]]
        return held

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many of everything is interned: while they stay, a table by code stays complete."""
        return (len(self.groups), len(self.places), len(self.skills), *(len(getattr(self, name)) for name in CODED))

    # --- Places ---

    def distances(self, cell: str) -> npt.NDArray[np.float64]:
        """Kilometres from this cell to each cell that somebody has, by code; the rule of `accounts.places.distance_km`."""
        return haversine(seen_at(cell), self._centres)

    @property
    def _centres(self) -> npt.NDArray[np.float64]:
        held: npt.NDArray[np.float64] = self.__dict__.get("_held_centres", np.zeros((0, 2)))
        if len(held) < len(self.cells):
            new = np.array([seen_at(cell) for cell in self.cells.things[len(held) :]])
            held = self.__dict__["_held_centres"] = np.concatenate([held, new])
        return held

    def is_shown(self) -> Mask:
        """Who may be shown to anybody right now."""
        mask: Mask = (self["group"] != NOBODY) & (self["suspended_until"] <= time.time())
        return mask


def halves(member_id: UUID) -> tuple[int, int]:
    return member_id.int >> 64, member_id.int & (2**64 - 1)


def joined(halves: Sequence[int]) -> UUID:
    upper, lower = halves
    return UUID(int=(upper << 64) | lower)


def padded(codes: list[int], width: int, pad: int) -> list[int]:
    return [*codes[:width], *[pad] * (width - len(codes))]


def merged(words: Words) -> Words:
    """n × m words to n: every bit of any."""
    result: Words = np.bitwise_or.reduce(words, axis=1)
    return result


def word_bits(codes: npt.NDArray[np.int32]) -> Words:
    """Each code's bit as a word; none for MISSING. Codes count from the first seen, so the usual ones have bits of their own."""
    return np.where(codes >= 0, np.uint64(1) << (codes % WORD).astype(np.uint64), np.uint64(0))


def bits_by_frequency(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """A bit for each skill code: the 44 most frequent alone, the others share the remaining 20."""
    own, places = 44, np.empty(len(counts), np.int64)
    places[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return np.where(places < own, places, own + (places - own) % (WORD - own)).astype(np.uint8)


def haversine(here: tuple[float, float], there: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Great-circle kilometres from one point to n others; degrees, n × 2."""
    (lat_a, lon_a), (lat_b, lon_b) = np.radians(here), np.radians(there.T)
    h = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    distances: npt.NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    return distances


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


def slices(count: int, size: int) -> Iterator[slice]:
    return (slice(start, min(count, start + size)) for start in range(0, count, size))
