"""The population as one viewer sees it: small tables that turn a member's codes into parts of the score."""

import math
import threading
from collections import OrderedDict
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.features import MAX_HOURS
from matching.ranking import bounds
from matching.ranking.codes import MISSING
from matching.ranking.compiled import compiled
from matching.ranking.filters import Filters, satisfies
from matching.ranking.population import NO_OFFSET, NOBODY, WORD, Mask, Population
from matching.ranking.published import Floats, Published
from matching.ranking.viewer import Viewer
from matching.score import NEUTRAL, availability_value, experience_value, same_field_value

# No sum of parts comes near it: whoever has it is out.
OUT = -1e6
# Above every value of the matrix.
ITSELF = 2.0
# Tables for bounds have single precision; sums of their entries are off by less.
SLACK = 4e-6
MOST_THEY_FIND = bounds.they_find_table()


class Me(NamedTuple):
    """The viewer in numbers. Weights and parts are shares of 1; words of bits are those of the population's columns."""

    # the same field: the part depends on the role
    field: int  # MISSING when the field's own pair is listed, or there is none
    role: int
    same_role_less: float
    no_role_less: float
    weight_values: float
    values: int
    value_bits: np.uint64
    styles: int
    style_bits: np.uint64
    weight_skills: float
    skills: int
    skill_bits: np.uint64
    useful_categories: np.uint64
    wanted: int
    wanted_skill_bits: np.uint64
    wanted_category_bits: np.uint64
    bits_found_of_me: np.uint64
    weight_semantic: float
    has_embedding: bool
    # the most that is still to come, after each step of the bound
    most_after_place: float
    most_after_values: float


class Lens(NamedTuple):
    """The viewer's tables. `bound` tables are float32 and only for bounds, `part` tables exact; V counts skills, the pad's included."""

    me: Me
    group_part: Floats
    group_bound: npt.NDArray[np.float32]
    place_part: Floats
    place_bound: npt.NDArray[np.float32]
    group_field: npt.NDArray[np.int32]
    values: npt.NDArray[np.int32]
    styles: npt.NDArray[np.int32]
    is_mine: npt.NDArray[np.int64]  # V
    best: Floats  # V: the best value beside a skill of mine, 0 for mine
    has_value: Mask  # V: whether any pair with a skill of mine is listed
    worth: Floats  # V × mine: matrix values, 0 for none, ITSELF for a skill of mine beside itself
    most_found: Floats  # [m]: at least the mean of what any m or more of mine find
    finds: npt.NDArray[np.uint32]  # V: the viewer's wanted entries each skill satisfies, as bits
    found_of_me: npt.NDArray[np.int64]  # V: whether a wanted entry is satisfied by the viewer
    embedding: Floats
    # the most that a step of the bound can add: `bounds`
    most_values: npt.NDArray[np.float32]
    most_styles: npt.NDArray[np.float32]
    most_overlap: npt.NDArray[np.float32]
    most_complement: npt.NDArray[np.float32]
    most_i_find: npt.NDArray[np.float32]
    most_they_find: npt.NDArray[np.float32]
    most_semantic: npt.NDArray[np.float32]  # without and with a text of theirs


class LensMaker:
    """Grinds the lens: numbers for one viewer, one state of the tables, and the filters that depend on group or place alone."""

    def __init__(self, people: Population, published: Published, viewer: Viewer, filters: list[Filters]) -> None:
        self.people, self.published, self.viewer, self.filters = people, published, viewer, filters
        self.me, self.weights = viewer.features, published.tables.weights
        self.field = people.fields.known(self.me.field) if self.me.field else MISSING
        self.mine = np.array(sorted(people.skills.of(self.me.skills)), np.intp)
        self.wanted = sorted(people.skills.of(self.me.wanted))

    def is_of(self, people: Population, published: Published, viewer: Viewer) -> bool:
        """Whether it was made from these very objects: who changes becomes another object."""
        return self.people is people and self.published is published and self.viewer.features is viewer.features and self._agrees(viewer)

    def _agrees(self, viewer: Viewer) -> bool:
        return self.viewer.facts == viewer.facts and self.viewer.must_haves == viewer.must_haves

    def lens(self) -> Lens:
        groups = group_parts(self.people.groups.array, self._field_parts, self._experience_parts, self._hours_parts, self._must_parts)
        places = self._place_parts()
        return Lens(
            me=Me(**self._in_numbers()),
            group_part=groups,
            group_bound=groups.astype(np.float32),
            place_part=places,
            place_bound=places.astype(np.float32),
            group_field=np.ascontiguousarray(self.people.groups.array[:, 0]),
            values=self._values,
            styles=self._styles,
            **self._skill_tables(),
            **self._bound_tables(),
            finds=self._finds(),
            found_of_me=self.wanted_of_me.astype(np.int64),
            embedding=np.zeros(1) if self.me.embedding is None else self.me.embedding.astype(np.float64),
        )

    def _bound_tables(self) -> dict[str, Any]:
        weight, mine = self.weights["values"], len(self.mine)
        spare = spare_codes(mine, self.people.words_of_skills(self.mine))
        wanted = spare_codes(len(self._wanted_skills), self.people.words_of_skills(self._wanted_skills))
        wanted += spare_codes(len(self._wanted_categories), self.people.words_of_categories(self._wanted_categories))
        values, styles = (spare_codes(len(codes), int(one_word(codes))) for codes in (self._values, self._styles))
        return {
            "most_values": bounds.jaccard_table(values, len(self._values), 0.6 * weight),
            "most_styles": bounds.jaccard_table(styles, len(self._styles), 0.4 * weight),
            "most_overlap": bounds.overlap_table(spare, mine),
            "most_complement": bounds.complement_table(spare, mine, self._most_found, float(self._best.max(initial=0.0))),
            "most_i_find": bounds.i_find_table(wanted, len(self.wanted)),
            "most_they_find": MOST_THEY_FIND,
            "most_semantic": self._most_semantic,
        }

    def _in_numbers(self) -> dict[str, Any]:
        after_values = self._most_skills() + float(self._most_semantic.max())
        return {
            **self._same_field(),
            **self._words(),
            **self._skills(),
            **self._wanted(),
            "weight_semantic": self.weights["semantic"],
            "has_embedding": self.me.embedding is not None,
            "most_after_place": self._most_values() + after_values,
            "most_after_values": after_values,
        }

    # --- By group: field, experience, hours, and what the member demands ---

    @cached_property
    def _field_parts(self) -> Floats:
        """By field code: synergy and boosts; within the viewer's field as if the roles differed."""
        weight, size = self.weights["field"], len(self.people.fields)
        if self.field == MISSING:
            parts = np.full(size, weight * NEUTRAL)
        else:
            synergies = self.published.synergies[self.field]
            unlisted = np.full(size, NEUTRAL)
            unlisted[self.field] = same_field_value("x", "y")
            parts = weight * np.where(np.isnan(synergies), unlisted, synergies) + self.published.boosts[self.field]
        for asked in self.filters:
            if asked.field:
                wanted = np.zeros(size, bool)
                wanted[self.people.fields.of(asked.field)] = True
                parts = np.where(wanted, parts, OUT)
        return parts

    @cached_property
    def _experience_parts(self) -> Floats:
        """By level; the last is for a missing one, which satisfies no condition."""
        parts = np.array([*(experience_value(self.me.experience, level)[0] for level in range(6)), NEUTRAL]) * self.weights["experience"]
        levels = np.array([*range(6), MISSING])
        for asked in self.filters:
            if asked.experience_min is not None:
                parts[levels < asked.experience_min] = OUT
            if asked.experience_max is not None:
                parts[(levels > asked.experience_max) | (levels == MISSING)] = OUT
        return parts

    @cached_property
    def _hours_parts(self) -> Floats:
        parts = self.weights["availability"] * availability(self.me.hours)
        for asked in self.filters:
            if asked.min_hours is not None:
                parts[: max(0, math.ceil(asked.min_hours))] = OUT
        return parts

    @cached_property
    def _must_parts(self) -> Floats:
        """By the member's own must-haves; the last is for those without. Each distinct set is looked at once."""
        fine = [satisfies(self.viewer.facts, must) for must in self.people.must_filters()]
        return np.where([*fine, True], 0.0, OUT)

    def _same_field(self) -> dict[str, Any]:
        """How much less than for two different roles: the same role, or none on either side."""
        listed = self.field != MISSING and not np.isnan(self.published.synergies[self.field, self.field])
        weight, most = self.weights["field"], same_field_value("x", "y")
        return {
            "field": MISSING if listed else self.field,
            "role": self.people.roles.known(self.me.role) if self.me.role else NO_ROLE,
            "same_role_less": weight * (most - same_field_value("x", "x")),
            "no_role_less": weight * (most - NEUTRAL),
        }

    # --- By place ---

    def _place_parts(self) -> Floats:
        me, people = self.me, self.people
        remotes, countries = np.ones(2, bool), np.ones(len(people.countries) + 1, bool)
        for asked in self.filters:
            if asked.remote is not None:
                remotes[int(not asked.remote)] = False
            if asked.country:
                wanted = np.zeros(len(countries), bool)
                wanted[people.countries.of(name.casefold() for name in asked.country)] = True
                countries &= wanted
        country, city = people.countries.known(me.country), people.cities.known(me.city)
        parts: Floats = place_parts(
            people.places.array,
            me.remote_only,
            NOWHERE if country == MISSING else country,
            NOWHERE if city == MISSING else city,
            NO_OFFSET if me.utc_offset is None else me.utc_offset,
            self.weights["location"],
            remotes,
            countries,
        )
        return parts

    # --- Values and work styles ---

    @cached_property
    def _values(self) -> npt.NDArray[np.int32]:
        return self._codes_of_words(self.me.values)

    @cached_property
    def _styles(self) -> npt.NDArray[np.int32]:
        return self._codes_of_words(self.me.work_styles)

    def _words(self) -> dict[str, Any]:
        return {
            "weight_values": self.weights["values"],
            "values": len(self._values),
            "value_bits": one_word(self._values),
            "styles": len(self._styles),
            "style_bits": one_word(self._styles),
        }

    def _codes_of_words(self, words: frozenset[str]) -> npt.NDArray[np.int32]:
        """Codes of the viewer's words; one that nobody has still counts, with a code that nobody has."""
        codes = [self.people.words.known(word) for word in words]
        return np.array([code if code >= 0 else UNHEARD - place for place, code in enumerate(codes)], np.int32)

    def _most_values(self) -> float:
        values, styles = (1.0 if words else NEUTRAL for words in (self.me.values, self.me.work_styles))
        return self.weights["values"] * (0.6 * values + 0.4 * styles)

    # --- Skills ---

    @cached_property
    def _best(self) -> Floats:
        best: Floats = self.published.worth[self.mine].max(axis=0, initial=0.0)
        return best

    @cached_property
    def _most_found(self) -> Floats:
        """[m] is at least the mean of what any m or more of the viewer's skills find on the other side."""
        each = np.sort(self.published.worth[self.mine].max(axis=1, initial=0.0))[::-1]
        means = np.cumsum(each) / np.arange(1, len(each) + 1)
        return np.concatenate([means[:1], means]) if len(means) else np.zeros(1)

    @cached_property
    def _has_value(self) -> Mask:
        found: Mask = np.asarray(self.published.has_value[self.mine].any(axis=0))
        return found

    def _skill_tables(self) -> dict[str, Any]:
        is_mine = np.zeros(len(self.people.skills), np.int64)
        is_mine[self.mine] = 1
        worth = np.ascontiguousarray(self.published.worth[self.mine].T)
        worth[self.mine, np.arange(len(self.mine))] = ITSELF
        return {
            "is_mine": is_mine,
            "best": np.where(is_mine, 0.0, self._best),
            "has_value": self._has_value,
            "worth": worth,
            "most_found": self._most_found,
        }

    def _skills(self) -> dict[str, Any]:
        return {
            "weight_skills": self.weights["skills"],
            "skills": len(self.mine),
            "skill_bits": np.uint64(self.people.words_of_skills(self.mine)),
            "useful_categories": np.uint64(self.people.words_of_categories(self._has_value)),
        }

    def _most_skills(self) -> float:
        complement = max(float(self._most_found[0]), float(self._best.max(initial=0.0)))
        return self.weights["skills"] * bounds.most_of_skills(len(self.mine), complement)

    @cached_property
    def wanted_of_me(self) -> Mask:
        """Which wanted entries the viewer's skills satisfy."""
        found = np.zeros(len(self.people.skills), bool)
        found[[*self.mine, *self.people.homes[self.mine]]] = True
        return found

    def _finds(self) -> npt.NDArray[np.uint32]:
        finds = np.zeros(len(self.people.skills), np.uint32)
        for bit, entry in enumerate(self.wanted):
            finds[self.satisfying(entry)] |= np.uint32(1 << bit)
        return finds

    @cached_property
    def _wanted_categories(self) -> list[int]:
        return [entry for entry in self.wanted if self.people.homes[entry] == entry]

    @cached_property
    def _wanted_skills(self) -> list[int]:
        return [entry for entry in self.wanted if self.people.homes[entry] != entry]

    def _wanted(self) -> dict[str, Any]:
        people = self.people
        return {
            "wanted": len(self.wanted),
            "wanted_skill_bits": np.uint64(people.words_of_skills(self._wanted_skills)),
            "wanted_category_bits": np.uint64(people.words_of_categories(self._wanted_categories)),
            "bits_found_of_me": np.uint64(people.words_of_skills(self.wanted_of_me)),
        }

    def satisfying(self, entry: int) -> Mask:
        """Which skills satisfy an entry: the skill itself, or any skill of a category."""
        found: Mask = self.people.homes == entry
        found[entry] = True
        found[0] = False
        return found

    # --- Texts ---

    @cached_property
    def _most_semantic(self) -> npt.NDArray[np.float32]:
        """No cosine is above 1; without both texts the value is neutral."""
        mine = 1.0 if self.me.embedding is not None else NEUTRAL
        return np.array([self.weights["semantic"] * NEUTRAL + SLACK, self.weights["semantic"] * mine + SLACK], np.float32)


class Held(NamedTuple):
    """A lens, and what it was ground for."""

    maker: LensMaker
    lens: Lens
    sizes: tuple[int, ...]


KEPT_LENSES = 256
_held: OrderedDict[tuple[int, Filters], Held] = OrderedDict()
_lock = threading.Lock()


def ground(people: Population, published: Published, viewer: Viewer, filters: Filters) -> tuple[LensMaker, Lens]:
    """The viewer's lens; made again when anything it was ground from is another object. Hold the population's lock."""
    key, sizes = (id(viewer.features), filters), people.sizes
    held = _held.get(key)
    if held is not None and held.sizes == sizes and held.maker.is_of(people, published, viewer):
        held.maker.viewer = viewer  # who must not be shown may be others now
        return held.maker, held.lens
    maker = LensMaker(people, published, viewer, [filters, viewer.must_haves])
    lens = maker.lens()
    with _lock:
        _held[key] = Held(maker, lens, sizes)
        while len(_held) > KEPT_LENSES:
            _held.popitem(last=False)
    return maker, lens


NOWHERE = -2  # a place nobody is at
NO_ROLE = -3  # the viewer has none
UNHEARD = -2  # words that nobody has: -2, -3, …


@lru_cache(maxsize=256)
def _availability(hours: float | None) -> tuple[float, ...]:
    return tuple(availability_value(hours, other)[0] for other in range(MAX_HOURS + 1))


def availability(hours: float | None) -> Floats:
    """By the other's hours."""
    return np.array(_availability(hours))


def spare_codes(count: int, word: int) -> int:
    """How many of `count` codes share their bit with another."""
    return count - word.bit_count()


def one_word(codes: npt.NDArray[np.int32]) -> np.uint64:
    """The bits of a few words; the rule of `population.word_bits`."""
    word = 0
    for code in codes.tolist():
        word |= (code >= 0) << (code % WORD)
    return np.uint64(word)


@compiled
def group_parts(groups: Any, fields: Any, experience: Any, hours: Any, musts: Any) -> Any:
    """By group: the exact sum of its weighted parts, far below zero for whoever is out."""
    parts = np.full(len(groups), OUT)
    for group in range(NOBODY + 1, len(groups)):
        level, must = groups[group, 1], groups[group, 3]
        parts[group] = fields[groups[group, 0]] + experience[level] + hours[groups[group, 2]] + musts[must]
    return parts


@compiled
def place_parts(places: Any, remote: bool, country: int, city: int, offset: int, weight: float, remotes: Any, countries: Any) -> Any:
    """By place: the exact weighted part, the rule of `matching.score.location_value`; far below zero for whoever is out."""
    parts = np.empty(len(places))
    for place in range(len(places)):
        their_remote, their_country, their_city, their_offset = places[place]
        value = NEUTRAL
        if remote and their_remote:
            value = 0.9
        elif their_country == country:
            value = 1.0 if their_city == city else 0.8
        elif their_offset != NO_OFFSET and offset != NO_OFFSET:
            apart = abs(their_offset - offset)
            value = 0.7 if apart <= 60 else 0.55 if apart <= 180 else 0.4
        is_out = not (remotes[their_remote] and countries[their_country])
        parts[place] = OUT if is_out else weight * value
    return parts
