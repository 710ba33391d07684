"""The exact best of everybody, by bounds.

Most factors are table look-ups: a small table is made for the viewer once (one entry for each field, level, hour, place),
and a member's part is the entry of their code. Only skills and text are dear. So every member first gets an upper bound:
the exact cheap parts plus the most that skills and text could add. Members are then evaluated in the order of their
bounds until the bound of the next cannot reach the k-th best score found: whoever is left out is provably not among them.

Totals are the same numbers as `matching.score.score` gives, rounded to the same nine decimals.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from accounts.places import distance_km
from matching.features import MAX_HOURS
from matching.ranking.filters import Facts, Filters, must_haves_as_filters, satisfies
from matching.ranking.population import MISSING, Mask, Population, Rows, halves
from matching.ranking.skill_table import Table
from matching.score import (
    NEUTRAL,
    NO_SKILLS,
    TOTAL_DECIMALS,
    Features,
    Tables,
    availability_value,
    boosts_of,
    experience_value,
    location_value,
    same_field_value,
)

Floats = npt.NDArray[np.float64]
CHUNK = 4096
# The mean of overlap (at most .9), complement and wanted (at most 1 each).
MOST_SKILLS = (0.9 + 1.0 + 1.0) / 3
# Sums of the same parts in another order differ by less.
ROUNDING = 1e-9


class Key(NamedTuple):
    """A place in the ranking: higher totals first, equal totals by member id."""

    total: float
    member_id: UUID


@dataclass(frozen=True)
class Viewer:
    """Who looks: their features, must-haves and facts, and whom they must not be shown."""

    member_id: UUID
    features: Features
    facts: Facts
    must_haves: Filters
    cell: str
    excluded: frozenset[UUID]


class Search:
    """One viewer's look at the population. Hold the population's lock while using it."""

    def __init__(
        self, people: Population, tables: Tables, skills: Table, viewer: Viewer, filters: Filters, online: Sequence[UUID] = ()
    ) -> None:
        self.people, self.tables, self.viewer, self.filters = people, tables, viewer, filters
        self.weights = tables.weights
        self.skills = SkillLens(people, skills, viewer.features)
        self.online = online

    # --- Who is asked for ---

    @cached_property
    def candidates(self) -> Rows:
        """Rows that the viewer may see and that satisfy every filter and both sides' must-haves."""
        mask = self.people.eligible() & self._wanted_by(self.filters) & self._wanted_by(self.viewer.must_haves)
        mask &= self._welcomed()
        mask[self.people.rows([*self.viewer.excluded, self.viewer.member_id])] = False
        return np.flatnonzero(mask)

    def _wanted_by(self, filters: Filters) -> Mask:
        people = self.people
        mask = np.ones(people.count, bool)
        if filters.field:
            mask &= np.isin(people["field"], [people.fields[slug] for slug in filters.field if slug in people.fields])
        if filters.experience_min is not None:
            mask &= people["experience"] >= filters.experience_min
        if filters.experience_max is not None:
            mask &= (people["experience"] <= filters.experience_max) & (people["experience"] != MISSING)
        if filters.min_hours is not None:
            mask &= people["hours"] >= filters.min_hours
        if filters.remote is not None:
            mask &= people["remote"] == filters.remote
        if filters.country:
            mask &= np.isin(people["country"], people.countries.of(name.casefold() for name in filters.country))
        if filters.language:
            mask &= np.isin(people["languages"], people.words.of(filters.language)).any(axis=1)
        if filters.has_photo:
            mask &= people["has_photo"]
        if filters.skills:
            mask &= self.skills.having(filters.skills, every=filters.skills_mode == "all")
        if filters.wanted_by_them:
            mask &= self.skills.wanting_mine()
        if filters.within_km is not None:
            mask &= self._near(filters.within_km)
        if filters.online:
            mask &= np.isin(np.arange(people.count), people.rows(self.online))
        return mask

    def _near(self, km: float) -> Mask:
        here = self.viewer.cell
        near = [bool(here) and distance_km(here, cell) <= km for cell in self.people.cells.things]
        return self._looked_up(np.array([*near, False]), "cell")

    def _welcomed(self) -> Mask:
        """Members whose own must-haves the viewer satisfies; each distinct set is looked at once."""
        fine = [satisfies(self.viewer.facts, must_haves_as_filters(json.loads(must))) for must in self.people.musts.things]
        return self._looked_up(np.array([*fine, True]), "must_haves")

    def _looked_up(self, table: Mask, column: str) -> Mask:
        """Every member's entry; the table's last is for those without a code."""
        found: Mask = table[self.people[column]]
        return found

    # --- How well they fit ---

    def cheap(self, rows: Rows) -> tuple[Floats, Floats]:
        """The exact weighted parts that need no skills and no text: those before skills, and those after it."""
        people, me = self.people, self.viewer.features
        field = self._field_table[people["field"][rows]]
        if me.field is not None:
            same = people["field"][rows] == people.fields[me.field]
            field[same] = self._same_field_values(rows[same])
        after = [
            self.weights["experience"] * self._experience_table[people["experience"][rows]],
            self.weights["availability"] * self._hours_table[people["hours"][rows]],
            self.weights["location"] * self._place_table[people["place"][rows]],
            self.weights["values"] * self._values(rows),
        ]
        return self.weights["field"] * field, sum(after[1:], after[0])

    @cached_property
    def _field_table(self) -> Floats:
        """Indexed by field code; the last entry is for a missing field."""
        me = self.viewer.features.field
        synergies = self.tables.field_synergies
        if me is None:
            return np.full(len(self.people.fields) + 1, NEUTRAL)
        values = [synergies.get((me, slug) if me <= slug else (slug, me), NEUTRAL) for slug in self.people.fields]
        return np.array([*values, NEUTRAL])

    def _same_field_values(self, rows: Rows) -> Floats:
        me = self.viewer.features
        listed = self.tables.field_synergies.get((me.field or "", me.field or ""))
        if listed is not None:
            return np.full(len(rows), listed)
        roles = self.people["role"][rows]
        own = self.people.roles.of([me.role]) if me.role else []
        known = np.where(roles == (own[0] if own else MISSING), same_field_value("x", "x"), same_field_value("x", "y"))
        return np.where((roles == MISSING) | (not me.role), NEUTRAL, known)

    @cached_property
    def _experience_table(self) -> Floats:
        """Indexed by level; the last entry is for a missing one."""
        me = self.viewer.features.experience
        return np.array([*(experience_value(me, level)[0] for level in range(6)), NEUTRAL])

    @cached_property
    def _hours_table(self) -> Floats:
        me = self.viewer.features.hours
        return np.array([availability_value(me, hours)[0] for hours in range(MAX_HOURS + 1)])

    @cached_property
    def _place_table(self) -> Floats:
        me = self.viewer.features
        return np.array([location_value(me, place_features(place))[0] for place in self.people.places.things])

    @cached_property
    def _boost_table(self) -> Floats:
        me = self.viewer.features.field
        sums = [sum(points for _, points in boosts_of(me, slug, self.tables)) for slug in self.people.fields]
        return np.array([*sums, 0.0])

    def _values(self, rows: Rows) -> Floats:
        me = self.viewer.features
        return 0.6 * self._jaccard("values", me.values, rows) + 0.4 * self._jaccard("work_styles", me.work_styles, rows)

    def _jaccard(self, column: str, mine: frozenset[str], rows: Rows) -> Floats:
        if not mine:
            return np.full(len(rows), NEUTRAL)
        own = np.zeros(len(self.people.words.things) + 1, bool)
        own[self.people.words.of(mine)] = True
        theirs = self.people[column][rows]
        shared = own[theirs].sum(axis=1)
        count = (theirs != MISSING).sum(axis=1)
        return np.where(count == 0, NEUTRAL, shared / (len(mine) + count - shared))

    def semantic(self, rows: Rows) -> Floats:
        me = self.viewer.features.embedding
        if me is None:
            return np.full(len(rows), NEUTRAL)
        cosine = np.clip(self.people["embedding"][rows].astype(np.float64) @ me.astype(np.float64), -1.0, 1.0)
        return np.where(self.people["has_embedding"][rows], (cosine + 1) / 2, NEUTRAL)

    def most_semantic(self, rows: Rows) -> Floats:
        """No cosine is above 1; without both texts the value is neutral."""
        if self.viewer.features.embedding is None:
            return np.full(len(rows), NEUTRAL)
        return np.where(self.people["has_embedding"][rows], 1.0, NEUTRAL)

    # --- The best of them ---

    def after(self, limit: int, key: Key | None = None) -> tuple[list[Key], bool]:
        """The best `limit` members behind `key` in the ranking (from its top without one), and whether there are more."""
        found = self._best(limit + 1, key)
        return found[:limit], len(found) > limit

    def before(self, limit: int, key: Key) -> tuple[list[Key], bool]:
        """The last `limit` members in front of `key`, and whether there are more in front of them."""
        rows = self.candidates
        rows = rows[self.bound(rows) >= key.total]
        found: list[Key] = []
        for start in range(0, len(rows), CHUNK):
            chunk, totals = self._evaluated(rows[start : start + CHUNK], key.total)
            ahead = self._is_behind(key, chunk, totals, turned=True)
            found += self._ordered(chunk[ahead], totals[ahead])
        found.sort(key=lambda place: (-place.total, place.member_id))
        return found[-limit:], len(found) > limit

    def _best(self, k: int, behind: Key | None) -> list[Key]:
        rows = self.candidates
        bounds = self.bound(rows)
        order = np.argsort(-bounds, kind="stable")
        rows, bounds = rows[order], bounds[order]
        kept_rows, kept = rows[:0], bounds[:0]
        threshold = self._floor
        for start in range(0, len(rows), CHUNK):
            if bounds[start] < threshold:
                break
            chunk, totals = self._evaluated(rows[start : start + CHUNK], threshold)
            new = self._is_behind(behind, chunk, totals)
            kept_rows, kept = np.concatenate([kept_rows, chunk[new]]), np.concatenate([kept, totals[new]])
            if len(kept) >= k:
                threshold = max(threshold, float(np.partition(kept, -k)[-k]))
                good = kept >= threshold
                kept_rows, kept = kept_rows[good], kept[good]
        return self._ordered(kept_rows, kept)[:k]

    def bound(self, rows: Rows) -> Floats:
        """At least every row's total: the cheap parts exactly, the dear ones at their most."""
        before, after = self.cheap(rows)
        dear = self.weights["skills"] * self.skills.most(rows) + self.weights["semantic"] * self.most_semantic(rows)
        bounds: Floats = before + after + dear + self._boosts(rows) + ROUNDING
        return bounds

    def _boosts(self, rows: Rows) -> Floats:
        found: Floats = self._boost_table[self.people["field"][rows]]
        return found

    def _evaluated(self, rows: Rows, threshold: float) -> tuple[Rows, Floats]:
        """Exact totals of those rows that reach `threshold`; text is only read for rows whose skills leave them a chance."""
        before, after = self.cheap(rows)
        boosts = self._boosts(rows)
        parts = before + self.weights["skills"] * self.skills.values(rows) + after
        hopeful = parts + self.weights["semantic"] * self.most_semantic(rows) + boosts + ROUNDING >= threshold
        rows, parts, boosts = rows[hopeful], parts[hopeful], boosts[hopeful]
        totals = np.minimum(1.0, parts + self.weights["semantic"] * self.semantic(rows) + boosts).round(TOTAL_DECIMALS)
        good = totals >= threshold
        return rows[good], totals[good]

    @property
    def _floor(self) -> float:
        """`min_score` is compared with what is shown, and that has one decimal: 87.26 asks for 87.3, which begins at 87.25."""
        if self.filters.min_score is None:
            return -1.0
        tenths = math.ceil(self.filters.min_score * 10 - 1e-6)
        return (tenths - 0.5) / 1000 - ROUNDING

    def _is_behind(self, key: Key | None, rows: Rows, totals: Floats, *, turned: bool = False) -> Mask:
        if key is None:
            return np.ones(len(rows), bool)
        high, low = self.people["id_high"][rows], self.people["id_low"][rows]
        key_high, key_low = map(np.uint64, halves(key.member_id))
        if turned:
            earlier: Mask = (high < key_high) | ((high == key_high) & (low < key_low))
            ahead: Mask = (totals > key.total) | ((totals == key.total) & earlier)
            return ahead
        later: Mask = (high > key_high) | ((high == key_high) & (low > key_low))
        behind: Mask = (totals < key.total) | ((totals == key.total) & later)
        return behind

    def _ordered(self, rows: Rows, totals: Floats) -> list[Key]:
        order = np.lexsort((self.people["id_low"][rows], self.people["id_high"][rows], -totals))
        return [Key(float(totals[place]), self.people.member_id(int(rows[place]))) for place in order]


def place_features(place: tuple[Any, ...]) -> Features:
    remote_only, country, city, utc_offset = place
    return Features(remote_only=remote_only, country=country, city=city, utc_offset=utc_offset)


class SkillLens:
    """The matrix as one viewer sees it: what each skill of the vocabulary is worth beside theirs.

    Every table has one more entry than there are skills: the pad, which is worth nothing.
    """

    def __init__(self, people: Population, table: Table, me: Features) -> None:
        self.people, self.me = people, me
        self.mine = np.array(sorted(people.skill_index[key] for key in me.skills if key in people.skill_index), np.intp)
        listed = table[:, self.mine]
        self.has_value: Mask = np.asarray((~np.isnan(listed)).any(axis=1))
        self.worth = np.nan_to_num(listed)
        self.best = self.worth.max(axis=1, initial=0.0)
        self.is_mine = np.zeros(people.no_skill + 1, bool)
        self.is_mine[self.mine] = True
        self.place_of_mine = np.zeros(people.no_skill + 1, np.intp)
        self.place_of_mine[self.mine] = np.arange(len(self.mine))

    def most(self, rows: Rows) -> Floats:
        if not len(self.mine):
            return np.full(len(rows), NO_SKILLS)
        return np.where(self.people["skill_count"][rows] == 0, NO_SKILLS, MOST_SKILLS)

    def values(self, rows: Rows) -> Floats:
        """The skills factor of each row."""
        count = self.people["skill_count"][rows].astype(np.int64)
        if not len(self.mine) or not len(rows):
            return np.full(len(rows), NO_SKILLS)
        skills = self.people["skills"][rows, : max(1, count.max())]
        parts = [self._overlap(skills, count), self._complement(skills, count), self._wanted(rows, skills)]
        known = [~np.isnan(part) for part in parts]
        total = sum(np.where(there, part, 0.0) for there, part in zip(known, parts, strict=True))
        return np.where(count == 0, NO_SKILLS, total / np.sum(known, axis=0))

    def _overlap(self, skills: npt.NDArray[np.int16], count: npt.NDArray[np.int64]) -> Floats:
        shared = self.is_mine[skills].sum(axis=1)
        jaccard = shared / (len(self.mine) + count - shared)
        return np.where(jaccard < 0.2, 0.6, np.where(jaccard <= 0.4, 0.9, 0.5))

    def _complement(self, skills: npt.NDArray[np.int16], count: npt.NDArray[np.int64]) -> Floats:
        """NaN where it is unknown: no listed cross pair, or nobody brings anything the other lacks."""
        common = self.is_mine[skills]
        shared = common.sum(axis=1)
        they_bring, i_bring = count - shared, len(self.mine) - shared
        theirs = np.where(common, 0.0, self.best[skills]).sum(axis=1) / np.maximum(they_bring, 1)
        best_of_mine = self.worth[skills].max(axis=1)
        row, column = np.nonzero(common)
        best_of_mine[row, self.place_of_mine[skills[row, column]]] = 0.0
        mine = best_of_mine.sum(axis=1) / np.maximum(i_bring, 1)
        directions = (they_bring > 0).astype(np.int64) + (i_bring > 0)
        mean = (theirs + mine) / np.maximum(directions, 1)
        known = self.has_value[skills].any(axis=1) & (directions > 0)
        return np.where(known, mean, np.nan)

    def _wanted(self, rows: Rows, skills: npt.NDArray[np.int16]) -> Floats:
        """The mean of the known directions; NaN where neither wants anything."""
        i_find = self._i_want[skills].any(axis=1).mean(axis=1) if self.me.wanted else np.full(len(rows), np.nan)
        wants = self.people["wanted_count"][rows]
        they_find: Floats = self._wanted_of_me[self.people["wanted"][rows]].sum(axis=1) / np.maximum(wants, 1)
        they_find = np.where(wants == 0, np.nan, they_find)
        both = np.where(np.isnan(i_find), they_find, np.where(np.isnan(they_find), i_find, (i_find + they_find) / 2))
        return both

    @cached_property
    def _i_want(self) -> npt.NDArray[np.bool_]:
        """(V + 1) × (wanted entries): whether having this skill satisfies that entry."""
        return np.stack([self._satisfying(entry) for entry in sorted(self.me.wanted)], axis=1)

    def _satisfying(self, entry: str) -> npt.NDArray[np.bool_]:
        """Which skills satisfy a wanted entry: the skill itself, or any skill of a category."""
        people, found = self.people, np.zeros(self.people.no_skill + 1, bool)
        place = people.skill_index.get(entry)
        if place is not None:
            found[:-1] = people.homes == place
            found[place] = True
        return found

    @cached_property
    def _wanted_of_me(self) -> npt.NDArray[np.bool_]:
        """Which wanted entries my skills satisfy."""
        found = self.is_mine.copy()
        found[self.people.homes[self.mine]] = True
        return found

    def having(self, keys: Sequence[str], *, every: bool) -> Mask:
        """Members with any, or with every, of these skills; a category is there by any skill of it."""
        each = [self._satisfying(key)[self.people["skills"]].any(axis=1) for key in keys]
        mask: Mask = np.logical_and.reduce(each) if every else np.logical_or.reduce(each)
        return mask

    def wanting_mine(self) -> Mask:
        """Members who look for something I bring."""
        mask: Mask = self._wanted_of_me[self.people["wanted"]].any(axis=1)
        return mask
