"""What staff published, as arrays in the order of the population's codes: the same numbers as `matching.score` looks up."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.ranking.population import Population
from matching.ranking.skill_table import skill_table
from matching.score import NEUTRAL, Tables, boosts_of, same_field_value

Floats = npt.NDArray[np.float64]


class Partners(NamedTuple):
    """Skill s has a value with `others[starts[s] : starts[s + 1]]`."""

    starts: npt.NDArray[np.int64]
    others: npt.NDArray[np.int64]
    values: Floats


@dataclass(frozen=True)
class Published:
    """`synergies` is F × F, NaN where a pair of fields is not listed; `boosts` is F × F, and so are `field_values`, where within one
    field the roles differ.

    `worth` is V × V, the matrix value of two skills, NaN where there is none; few have one, and `partners` lists those.
    """

    tables: Tables
    fields: int
    synergies: Floats
    boosts: Floats
    field_values: Floats
    worth: Floats
    partners: Partners


def made(people: Population, tables: Tables) -> Published:
    slugs, size = people.fields.things, len(people.fields)
    synergies = np.full((size, size), np.nan)
    for (a, b), value in tables.field_synergies.items():
        if a in people.fields and b in people.fields:
            codes = people.fields.of([a, b])
            synergies[codes[0], codes[1]] = synergies[codes[1], codes[0]] = value
    boosts = np.array([[sum(points for _, points in boosts_of(a, b, tables)) for b in slugs] for a in slugs]).reshape(size, size)
    unlisted = np.where(np.eye(size, dtype=bool), same_field_value("x", "y"), NEUTRAL)
    values = np.where(np.isnan(synergies), unlisted, synergies)
    skills = skill_table(people.skill_keys, tables)[:-1, :-1]
    return Published(tables, size, synergies, boosts, values, skills, partners(skills))


def partners(worth: Floats) -> Partners:
    skills, others = np.nonzero(~np.isnan(worth))
    return Partners(np.searchsorted(skills, np.arange(len(worth) + 1)), others, worth[skills, others])


_held: list[tuple[Population, list[str], Published]] = []


def published(people: Population, tables: Tables) -> Published:
    """Made once for a version of the tables and the codes; a new version of either is a new object.

    Two are kept: the published one, and that of a draft which somebody looks at.
    """
    global _held
    same = [held for held in _held if held[0] is people and held[1] is people.skill_keys and held[2].fields == len(people.fields)]
    for held in same:
        if held[2].tables is tables:
            return held[2]
    fresh = made(people, tables)
    _held = [(people, people.skill_keys, fresh), *same[:1]]
    return fresh


def forget() -> None:
    """They hold the columns whose codes they are in."""
    global _held
    _held = []
