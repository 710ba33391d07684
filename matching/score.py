"""How well two members fit: a pure, symmetric function of two profiles and the published tables.

Nothing here knows a request, a database or a clock. `score(a, b, tables)` equals `score(b, a, tables)` to the last bit:
every part is either symmetric by itself or the mean of its two directions. Missing information is neutral (0.5).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

ALGORITHM = "1"
NEUTRAL = 0.5
NO_SKILLS = 0.3
TOTAL_DECIMALS = 9

Vector = npt.NDArray[np.float32]
Ends = tuple[str, str]

FACTORS = ("field", "skills", "experience", "availability", "location", "values", "semantic")
DEFAULT_WEIGHTS: Mapping[str, float] = dict(zip(FACTORS, (0.20, 0.20, 0.15, 0.15, 0.10, 0.10, 0.10), strict=True))
LEVELS: Mapping[str, int] = {"student": 0, "junior": 1, "mid": 2, "senior": 3, "expert": 4, "mentor": 5}


def ends(a: str, b: str) -> Ends:
    """The one key of an unordered pair."""
    return (a, b) if a <= b else (b, a)


@dataclass(frozen=True)
class Features:
    """What the score reads of one profile, in canonical form. Empty or None means missing.

    `field` is a slug; `skills` and `wanted` are canonical keys of the vocabulary (what it does not know is left out);
    `role`, `country`, `city`, `values` and `work_styles` are canonical text; `utc_offset` is in minutes on 1 January
    2026; `embedding` has length 1.
    """

    field: str | None = None
    role: str = ""
    skills: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
    experience: int | None = None
    hours: float | None = None
    remote_only: bool = False
    country: str = ""
    city: str = ""
    utc_offset: int | None = None
    values: frozenset[str] = frozenset()
    work_styles: frozenset[str] = frozenset()
    embedding: Vector | None = None


@dataclass(frozen=True)
class Tables:
    """What staff published. Pairs are keyed by `ends`; scores, weights and points are shares in [0, 1]."""

    version: int = 0
    weights: Mapping[str, float] = field(default_factory=lambda: DEFAULT_WEIGHTS)
    skill_pairs: Mapping[Ends, float] = field(default_factory=dict)
    field_synergies: Mapping[Ends, float] = field(default_factory=dict)
    boosts: Mapping[Ends, float] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    field_groups: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def _rows(self) -> "dict[str, SkillRow]":
        return {}

    def skill_row(self, s: str) -> "SkillRow":
        """`skill_value(s, t)` by t."""
        row = self._rows.get(s)
        if row is None:
            row = self._rows[s] = SkillRow(self, s)
        return row

    def skill_value(self, s: str, t: str) -> float | None:
        """The matrix value of two different skills: of the pair itself, else by one category, else by both.

        Within one level the highest wins; None when no level lists the pair.
        """
        return self.skill_row(s)[t]

    def look_up(self, s: str, t: str) -> float | None:
        home_s, home_t = self.categories.get(s, s), self.categories.get(t, t)
        levels = [[(s, t)], [(s, home_t), (home_s, t)], [(home_s, home_t)]]
        for level in levels:
            found = [self.skill_pairs[ends(x, y)] for x, y in level if ends(x, y) in self.skill_pairs]
            if found:
                return max(found)
        return None


class SkillRow(dict[str, float | None]):
    """One skill's matrix values by the other skill, each looked up once."""

    def __init__(self, tables: Tables, skill: str) -> None:
        super().__init__()
        self.tables, self.skill = tables, skill

    def __missing__(self, other: str) -> float | None:
        value = self[other] = self.tables.look_up(*ends(self.skill, other))
        return value


@dataclass(frozen=True)
class SkillParts:
    """The known parts of the skills factor; None is unknown. `best_pair` is the strongest complementary pair (a's, b's)."""

    overlap: float | None = None
    complement: float | None = None
    wanted: float | None = None
    best_pair: tuple[str, str, float] | None = None

    @property
    def value(self) -> float:
        known = [part for part in (self.overlap, self.complement, self.wanted) if part is not None]
        return sum(known) / len(known) if known else NO_SKILLS


@dataclass(frozen=True)
class Factor:
    """One part of the score. `known` is the share of it (0–1) whose inputs both sides gave."""

    name: str
    value: float
    weight: float
    known: float


@dataclass(frozen=True)
class Score:
    """`total` is in [0, 1], rounded to nine decimals so that equal scores are equal however they were computed."""

    total: float
    factors: tuple[Factor, ...]
    boosts: tuple[tuple[Ends, float], ...]
    skills: SkillParts

    @property
    def uncapped(self) -> float:
        return weighted_sum(self.factors) + sum(points for _, points in self.boosts)

    @property
    def confidence(self) -> float:
        weight = sum(factor.weight for factor in self.factors)
        return sum(factor.weight * factor.known for factor in self.factors) / weight if weight else 0.0


def score(a: Features, b: Features, tables: Tables) -> Score:
    """The score of two members. Never raises; finite; the same for (b, a)."""
    parts = skill_parts(a, b, tables)
    values = {
        "field": field_value(a, b, tables),
        "skills": (parts.value, float(bool(a.skills and b.skills))),
        "experience": experience_value(a.experience, b.experience),
        "availability": availability_value(a.hours, b.hours),
        "location": location_value(a, b),
        "values": values_value(a, b),
        "semantic": semantic_value(a.embedding, b.embedding),
    }
    factors = tuple(Factor(name, values[name][0], tables.weights[name], values[name][1]) for name in FACTORS)
    boosts = tuple(boosts_of(a.field, b.field, tables))
    total = min(1.0, weighted_sum(factors) + sum(points for _, points in boosts))
    return Score(round(total, TOTAL_DECIMALS), factors, boosts, parts)


def weighted_sum(factors: Iterable[Factor]) -> float:
    return sum(factor.weight * factor.value for factor in factors)


Valued = tuple[float, float]
"""A factor's value and the share of its inputs that was known."""


def field_value(a: Features, b: Features, tables: Tables) -> Valued:
    if a.field is None or b.field is None:
        return NEUTRAL, 0.0
    listed = tables.field_synergies.get(ends(a.field, b.field))
    if listed is not None:
        return listed, 1.0
    return (same_field_value(a.role, b.role) if a.field == b.field else NEUTRAL), 1.0


def same_field_value(role_a: str, role_b: str) -> float:
    if not role_a or not role_b:
        return NEUTRAL
    return 0.4 if role_a == role_b else 0.7


def experience_value(a: int | None, b: int | None) -> Valued:
    """Peers work well together, and so do a mentor and a beginner; the steps between are harder."""
    if a is None or b is None:
        return NEUTRAL, 0.0
    return {0: 0.9, 1: 0.9, 2: 0.7, 3: 0.5}.get(abs(a - b), 0.85), 1.0


def availability_value(a: float | None, b: float | None) -> Valued:
    if a is None or b is None or not given(a) or not given(b):
        return NEUTRAL, 0.0
    apart = abs(a - b) / max(a, b)
    steps = ((0.2, 0.95), (0.4, 0.75), (0.6, 0.55))
    return next((value for limit, value in steps if apart < limit), 0.35), 1.0


def given(hours: float) -> bool:
    return 0 < hours < math.inf


def location_value(a: Features, b: Features) -> Valued:
    """Unknown never equals unknown: an empty country or city matches nothing."""
    if a.remote_only and b.remote_only:
        return 0.9, 1.0
    if a.country and a.country == b.country:
        return (1.0 if a.city and a.city == b.city else 0.8), 1.0
    if a.utc_offset is not None and b.utc_offset is not None:
        hours = abs(a.utc_offset - b.utc_offset) / 60
        return (0.7 if hours <= 1 else 0.55 if hours <= 3 else 0.4), 1.0
    return NEUTRAL, 0.0


def values_value(a: Features, b: Features) -> Valued:
    values, styles = jaccard_or_neutral(a.values, b.values), jaccard_or_neutral(a.work_styles, b.work_styles)
    return 0.6 * values[0] + 0.4 * styles[0], 0.6 * values[1] + 0.4 * styles[1]


def jaccard_or_neutral(a: frozenset[str], b: frozenset[str]) -> Valued:
    return (jaccard(a, b), 1.0) if a and b else (NEUTRAL, 0.0)


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """|a ∩ b| / |a ∪ b|; 0 for two empty sets."""
    union = len(a | b)
    return len(a & b) / union if union else 0.0


def semantic_value(a: Vector | None, b: Vector | None) -> Valued:
    """(cosine + 1) / 2 of two vectors of length 1."""
    if a is None or b is None or a.shape != b.shape:
        return NEUTRAL, 0.0
    cosine = float(np.dot(a.astype(np.float64), b.astype(np.float64)))
    return (min(1.0, max(-1.0, cosine)) + 1) / 2, 1.0


def boosts_of(field_a: str | None, field_b: str | None, tables: Tables) -> list[tuple[Ends, float]]:
    """Every boost whose two groups hold the two fields, in either order; sorted by groups."""
    if field_a is None or field_b is None:
        return []
    groups_a, groups_b = (tables.field_groups.get(name, frozenset()) for name in (field_a, field_b))
    return [
        (pair, points)
        for pair, points in sorted(tables.boosts.items())
        if (pair[0] in groups_a and pair[1] in groups_b) or (pair[1] in groups_a and pair[0] in groups_b)
    ]


# --- The three parts of the skills factor ---


def skill_parts(a: Features, b: Features, tables: Tables) -> SkillParts:
    if not a.skills or not b.skills:
        return SkillParts()
    complement, best = complement_part(a.skills, b.skills, tables)
    return SkillParts(overlap_part(a.skills, b.skills), complement, wanted_part(a, b, tables), best)


def overlap_part(a: frozenset[str], b: frozenset[str]) -> float:
    """Some common ground is best: too little and they do not understand, too much and they do not complete one another."""
    shared = jaccard(a, b)
    if shared < 0.2:
        return 0.6
    return 0.9 if shared <= 0.4 else 0.5


def complement_part(a: frozenset[str], b: frozenset[str], tables: Tables) -> tuple[float | None, tuple[str, str, float] | None]:
    """How well what one has completes the other, and the strongest pair of it; unknown without any listed cross pair.

    For every skill that the other side lacks its best matrix value there counts, 0 when it has none. The strongest pair is one
    in which each brings what the other lacks; the same two skills whichever side asks.
    """
    best_of_a, best_of_b = dict.fromkeys(a - b, 0.0), dict.fromkeys(b - a, 0.0)
    listed, own = False, []
    for s in a:
        row = tables.skill_row(s)
        for t in b:
            if s == t or (value := row[t]) is None:
                continue
            listed = True
            if s in best_of_a:
                best_of_a[s] = max(best_of_a[s], value)
            if t in best_of_b:
                best_of_b[t] = max(best_of_b[t], value)
                if s in best_of_a:
                    own.append((-value, ends(s, t), s, t))
    known = [math.fsum(best.values()) / len(best) for best in (best_of_a, best_of_b) if best]
    if not listed or not known:
        return None, None
    if not own:
        return sum(known) / len(known), None
    value, _, s, t = min(own)
    return sum(known) / len(known), (s, t, -value)


def wanted_part(a: Features, b: Features, tables: Tables) -> float | None:
    shares = [found_share(a.wanted, b.skills, tables), found_share(b.wanted, a.skills, tables)]
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None


def found_share(wanted: frozenset[str], skills: frozenset[str], tables: Tables) -> float | None:
    """The share of the wanted skills that is there; a wanted category is there by any skill of it."""
    if not wanted:
        return None
    there = skills | {tables.categories.get(skill, skill) for skill in skills}
    return sum(is_found(entry, skills, there, tables) for entry in wanted) / len(wanted)


def is_found(entry: str, skills: frozenset[str], there: frozenset[str], tables: Tables) -> bool:
    is_category = tables.categories.get(entry, entry) == entry
    return entry in (there if is_category else skills)
