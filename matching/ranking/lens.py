"""The population as one viewer sees it: small tables that turn a member's codes into parts of the score."""

import math
import threading
from collections import OrderedDict
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.features import MAX_HOURS
from matching.ranking.bounds import Most, most_of
from matching.ranking.codes import MISSING
from matching.ranking.compiled import compiled
from matching.ranking.filters import Filters, satisfies
from matching.ranking.population import NO_OFFSET, NOBODY, WORD, Mask, Population
from matching.ranking.published import Floats, Published
from matching.ranking.skills import Skills, skill_tables
from matching.ranking.viewer import Viewer
from matching.score import NEUTRAL, Features, availability_value, experience_value, same_field_value

# No sum of parts comes near it: whoever has it is out.
OUT = -1e6
NOWHERE = -2  # a place nobody is at
NO_ROLE = -3  # the viewer has none
UNHEARD = -2  # words that nobody has: -2, -3, …
LEVELS = (*range(6), None)
EXPERIENCE = np.array([[experience_value(mine, theirs)[0] for theirs in LEVELS] for mine in LEVELS])


class Me(NamedTuple):
    """The viewer in numbers. Weights and parts are shares of 1; words of bits are those of the population's columns."""

    # the same field: the part depends on the role
    field: int  # MISSING when the field's own pair is listed, or there is none
    role: int
    same_role_less: float
    no_role_less: float
    weight_values: float
    value_bits: np.uint64
    style_bits: np.uint64
    weight_skills: float
    skills: int
    wanted: int
    weight_semantic: float
    has_embedding: bool


class Own(NamedTuple):
    """What the viewer's profile says in codes, and what follows from it whatever they filter by."""

    me: Me
    values: npt.NDArray[np.int32]
    styles: npt.NDArray[np.int32]
    skills: Skills
    most: Most
    embedding: Floats
    must_part: Floats  # by what members demand, the last for those who demand nothing: whether the viewer satisfies it


def own(people: Population, published: Published, viewer: Viewer) -> Own:
    me = viewer.features
    mine, wanted = (np.array(sorted(people.skills.of(keys)), np.intp) for keys in (me.skills, me.wanted))
    values, styles = codes_of_words(people, me.values), codes_of_words(people, me.work_styles)
    skills = skill_tables(mine, wanted, people.homes, published.partners, people.skill_words, people.category_words)
    numbers = in_numbers(people, published, me, one_word(values), one_word(styles), len(mine), len(wanted))
    most: Most = most_of(skills, numbers, len(values), len(styles))
    text = np.zeros(1) if me.embedding is None else me.embedding.astype(np.float64)
    fine = [satisfies(viewer.facts, must) for must in people.must_filters()]  # each distinct set of must-haves is looked at once
    return Own(numbers, values, styles, skills, most, text, np.where([*fine, True], 0.0, OUT))


def codes_of_words(people: Population, words: frozenset[str]) -> npt.NDArray[np.int32]:
    """Codes of the viewer's words; one that nobody has still counts, with a code that nobody has."""
    codes = [people.words.known(word) for word in words]
    return np.array([code if code >= 0 else UNHEARD - place for place, code in enumerate(codes)], np.int32)


def in_numbers(
    people: Population, published: Published, me: Features, values: np.uint64, styles: np.uint64, skills: int, wanted: int
) -> Me:
    weights, different_roles = published.tables.weights, same_field_value("x", "y")
    field = people.fields.known(me.field) if me.field else MISSING
    listed = field != MISSING and not np.isnan(published.synergies[field, field])
    return Me(
        field=MISSING if listed else field,
        role=people.roles.known(me.role) if me.role else NO_ROLE,
        same_role_less=weights["field"] * (different_roles - same_field_value("x", "x")),
        no_role_less=weights["field"] * (different_roles - NEUTRAL),
        weight_values=weights["values"],
        value_bits=values,
        style_bits=styles,
        weight_skills=weights["skills"],
        skills=skills,
        wanted=wanted,
        weight_semantic=weights["semantic"],
        has_embedding=me.embedding is not None,
    )


class Lens(NamedTuple):
    """The viewer's own tables, and those of groups and places. `bound` tables are float32 and only for bounds, `part` tables exact."""

    me: Me
    values: npt.NDArray[np.int32]
    styles: npt.NDArray[np.int32]
    skills: Skills
    most: Most
    embedding: Floats
    must_part: Floats
    group_part: Floats
    group_bound: npt.NDArray[np.float32]
    in_my_field: Mask  # by group; none is when my field's own pair is listed
    place_part: Floats
    place_bound: npt.NDArray[np.float32]


class LensMaker:
    """Grinds the lens: numbers for one viewer, one state of the tables, and the filters that depend on group or place alone."""

    def __init__(self, people: Population, published: Published, viewer: Viewer, filters: Filters, own: Own) -> None:
        self.people, self.published, self.viewer, self.own = people, published, viewer, own
        self.filters = [filters, viewer.must_haves]
        self.me, self.weights, self.sizes = viewer.features, published.tables.weights, people.sizes

    def is_of(self, people: Population, published: Published, viewer: Viewer) -> bool:
        """Whether it was made from these very objects: who changes becomes another object."""
        same = self.people is people and self.sizes == people.sizes and self.published is published
        return same and self.viewer.features is viewer.features and self._agrees(viewer)

    def _agrees(self, viewer: Viewer) -> bool:
        return self.viewer.facts == viewer.facts and self.viewer.must_haves == viewer.must_haves

    def lens(self) -> Lens:
        return Lens(*self.own, *self._group_parts(), *self._place_parts())

    # --- By group: field, experience, hours, and what the member demands ---

    def _group_parts(self) -> tuple[Floats, npt.NDArray[np.float32], Mask]:
        of_field, of_experience, of_hours = self.field_parts(), self.experience_parts(), self.hours_parts()
        parts: tuple[Floats, npt.NDArray[np.float32], Mask] = group_parts(
            self.people.groups.array, of_field, of_experience, of_hours, self.own.must_part, self.own.me.field
        )
        return parts

    def field_parts(self) -> Floats:
        """By field code: synergy and boosts; within the viewer's field as if the roles differed."""
        weight, size = self.weights["field"], len(self.people.fields)
        field = self.people.fields.known(self.me.field) if self.me.field else MISSING
        if field == MISSING:
            parts = np.full(size, weight * NEUTRAL)
        else:
            parts = weight * self.published.field_values[field] + self.published.boosts[field]
        for asked in self.filters:
            if asked.field:
                wanted = np.zeros(size, bool)
                wanted[self.people.fields.of(asked.field)] = True
                parts = np.where(wanted, parts, OUT)
        return parts

    def experience_parts(self) -> Floats:
        """By level; the last is for a missing one, which satisfies no condition."""
        parts: Floats = EXPERIENCE[-1 if self.me.experience is None else self.me.experience] * self.weights["experience"]
        for asked in self.filters:
            if asked.experience_min is not None:
                parts[: asked.experience_min] = OUT
                parts[-1] = OUT
            if asked.experience_max is not None:
                parts[asked.experience_max + 1 :] = OUT
        return parts

    def hours_parts(self) -> Floats:
        parts = self.weights["availability"] * availability(self.me.hours)
        for asked in self.filters:
            if asked.min_hours is not None:
                parts[: max(0, math.ceil(asked.min_hours))] = OUT
        return parts

    # --- By place ---

    def _place_parts(self) -> tuple[Floats, npt.NDArray[np.float32]]:
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
        parts: tuple[Floats, npt.NDArray[np.float32]] = place_parts(
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

    # --- What satisfies a wanted entry ---

    @property
    def wanted_of_me(self) -> Mask:
        """Which wanted entries the viewer's skills satisfy."""
        return self.own.skills.found_of_me

    def satisfying(self, entry: int) -> Mask:
        """Which skills satisfy an entry: the skill itself, or any skill of a category."""
        found: Mask = self.people.homes == entry
        found[entry] = True
        found[0] = False
        return found


KEPT = 256
_lenses: OrderedDict[tuple[int, tuple[object, ...]], tuple[LensMaker, Lens]] = OrderedDict()
_makers: OrderedDict[int, LensMaker] = OrderedDict()  # the last of each viewer
_lock = threading.Lock()


def ground(people: Population, published: Published, viewer: Viewer, filters: Filters) -> tuple[LensMaker, Lens]:
    """The viewer's lens; made again when anything it was ground from is another object. Hold the population's lock.

    Other filters need other tables of groups and places, and the same tables of the viewer's own.
    """
    number = id(viewer.features)
    key = number, filters.of_group_and_place
    maker, lens = _lenses.get(key, (None, None))
    if maker is not None and lens is not None and maker.is_of(people, published, viewer):
        maker.viewer = viewer  # who must not be shown may be others now
        return maker, lens
    last = _makers.get(number)
    mine = last.own if last is not None and last.is_of(people, published, viewer) else own(people, published, viewer)
    maker = LensMaker(people, published, viewer, filters, mine)
    lens = maker.lens()
    with _lock:
        _lenses[key], _makers[number] = (maker, lens), maker
        for held in (_lenses, _makers):
            while len(held) > KEPT:
                held.popitem(last=False)
    return maker, lens


def forget() -> None:
    """A lens holds the columns it was ground from."""
    with _lock:
        _lenses.clear()
        _makers.clear()


@lru_cache(maxsize=256)
def availability(hours: float | None) -> Floats:
    """By the other's hours. Not to be written to."""
    return np.array([availability_value(hours, other)[0] for other in range(MAX_HOURS + 1)])


def one_word(codes: npt.NDArray[np.int32]) -> np.uint64:
    """The bits of a few words; the rule of `population.word_bits`."""
    word = 0
    for code in codes.tolist():
        word |= (code >= 0) << (code % WORD)
    return np.uint64(word)


@compiled
def group_parts(groups: Any, fields: Any, experience: Any, hours: Any, musts: Any, mine: int) -> Any:
    """By group: the exact sum of its weighted parts, far below zero for whoever is out; the same in single precision; and whether its
    field is mine."""
    parts, bounds, same = np.full(len(groups), OUT), np.full(len(groups), np.float32(OUT)), np.zeros(len(groups), np.bool_)
    for group in range(NOBODY + 1, len(groups)):
        field, level, hour, must = groups[group]
        parts[group] = bounds[group] = fields[field] + experience[level] + hours[hour] + musts[must]
        same[group] = field == mine
    return parts, bounds, same


@compiled
def place_parts(places: Any, remote: bool, country: int, city: int, offset: int, weight: float, remotes: Any, countries: Any) -> Any:
    """By place: the exact weighted part, the rule of `matching.score.location_value`; as `group_parts`."""
    parts, bounds = np.empty(len(places)), np.empty(len(places), np.float32)
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
        parts[place] = bounds[place] = OUT if is_out else weight * value
    return parts, bounds
