"""A population of any size for measuring: made of numbers, not of rows, as skewed as real people are.

Few fields, skills, countries and cities are frequent and many are rare; texts lie in 500 clusters; one in twenty demands
something of others; one in ten lacks a field that the score reads. The same seed gives the same people.
"""

import json
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from accounts.places import cell_of
from accounts.vocabulary.selectors import Vocabulary
from matching.features import DIMENSIONS
from matching.ranking.codes import MISSING, Tuples
from matching.ranking.filters import Facts, must_haves_as_filters
from matching.ranking.population import COLUMNS, MAX_SKILLS, MAX_WANTED, MAX_WORDS, Population
from matching.ranking.viewer import Viewer
from matching.score import Features

Numbers = npt.NDArray[Any]
HOURS = [0, 2, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 35, 40]
COUNTRIES, CITIES, CELLS_OF_A_CITY = 190, 40, 12
ROLES, VALUES, STYLES, LANGUAGES = 400, 60, 25, 40
CLUSTERS, SPREAD = 500, 1.2
AT_ONCE = 50_000
MUST_HAVES = [
    {"min_hours": 10},
    {"remote": True},
    {"experience_min": "mid"},
    {"languages": ["language 0", "language 1"]},
    {"countries": ["C0", "C1"]},
]


def skewed(rng: np.random.Generator, size: int | tuple[int, ...], options: int, exponent: float = 1.25) -> Numbers:
    """Whole numbers below `options`, small ones more often, by Zipf's law."""
    weights = np.arange(1, options + 1) ** -exponent
    return np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(size)).astype(np.int32).clip(0, options - 1)


def crowd(known: Vocabulary, size: int, seed: int = 7) -> Population:
    """`size` listed members, settled and sorted as a snapshot would be."""
    rng = np.random.default_rng(seed)
    people = Population(known)
    people.columns = {name: np.zeros(size, kind) for name, kind in COLUMNS.items()}
    people.count = size
    invent_words(people)
    identify(people, rng)
    group, place, cell = groups(people, rng), places(people, rng), people.columns["cell"]
    order = np.lexsort((place, group))  # neighbours are alike, as in a snapshot
    people.columns["group"][:], people.columns["place"][:] = group[order], place[order]
    cell[:] = cells(people, rng)
    lists(people, rng)
    texts(people, rng)
    people.columns["has_photo"][:] = rng.random(size) < 0.6
    people.settle()
    return people


def invent_words(people: Population) -> None:
    for name, count, codes in (("role", ROLES, people.roles), ("country", COUNTRIES, people.countries)):
        for number in range(count):
            codes.code(f"c{number}" if name == "country" else f"{name} {number}")
    for number in range(COUNTRIES * CITIES):
        people.cities.code(f"city {number}")
    for kind, count in (("language", LANGUAGES), ("value", VALUES), ("style", STYLES)):
        for number in range(count):
            people.words.code(f"{kind} {number}")
    for must in MUST_HAVES:
        people.musts.code(json.dumps(must, sort_keys=True))


def identify(people: Population, rng: np.random.Generator) -> None:
    """Ids of version 7, in no order that a score knows."""
    people.columns["id_high"][:] = rng.integers(0, 1 << 63, people.count, np.uint64)
    people.columns["id_low"][:] = rng.integers(0, 1 << 63, people.count, np.uint64)


def groups(people: Population, rng: np.random.Generator) -> Numbers:
    size, fields = people.count, len(people.fields)
    level = rng.choice([MISSING, 0, 1, 2, 3, 4, 5], size, p=[0.1, 0.1, 0.2, 0.25, 0.2, 0.1, 0.05])
    hours = np.array(HOURS)[rng.integers(0, len(HOURS), size)]
    must = np.where(rng.random(size) < 0.05, rng.integers(0, len(MUST_HAVES), size), MISSING)
    rows = np.stack([skewed(rng, size, fields), level, hours, must], axis=1)
    distinct, codes = np.unique(rows, axis=0, return_inverse=True)
    people.groups = Tuples(np.concatenate([people.groups.array, distinct]))
    return codes.reshape(-1) + 1


def places(people: Population, rng: np.random.Generator) -> Numbers:
    size = people.count
    country = skewed(rng, size, COUNTRIES)
    city = country * CITIES + skewed(rng, size, CITIES)
    unknown = rng.random(size) < 0.05
    offset = (country * 7 % 25 - 12) * 60
    rows = np.stack([rng.random(size) < 0.3, np.where(unknown, MISSING, country), np.where(unknown, MISSING, city), offset], axis=1)
    distinct, codes = np.unique(rows, axis=0, return_inverse=True)
    people.places = Tuples(distinct)
    return codes.reshape(-1)


def cells(people: Population, rng: np.random.Generator) -> Numbers:
    """One of some cells around each city that somebody lives in."""
    city = people.places.array[people.columns["place"], 2]
    cities, position = np.unique(city, return_inverse=True)
    codes = np.full((len(cities), CELLS_OF_A_CITY), MISSING, np.int32)
    for place, (lat, lon) in enumerate(rng.uniform((-55, -180), (65, 180), (len(cities), 2))):
        if cities[place] != MISSING:
            codes[place] = [people.cells.code(cell_of(lat + 0.1 * near, lon)) for near in range(CELLS_OF_A_CITY)]
    return codes[position.reshape(-1), rng.integers(0, CELLS_OF_A_CITY, people.count)]


def lists(people: Population, rng: np.random.Generator) -> None:
    record, size, skills = people.columns["record"], people.count, len(people.skills)
    shuffled = rng.permutation(np.arange(1, skills))  # which skills are frequent is chance
    for name, width, most, pad in (("skills", MAX_SKILLS, 14, 0), ("wanted", MAX_WANTED, 6, 0)):
        count = rng.integers(3 if name == "skills" else 0, most, size)
        record[name] = some_of(rng, count, width, lambda shape: shuffled[skewed(rng, shape, skills - 1, 1.1)], pad)
    first = {"languages": (0, LANGUAGES, 4), "values": (LANGUAGES, VALUES, 6), "work_styles": (LANGUAGES + VALUES, STYLES, 5)}
    for name, (start, options, most) in first.items():
        count = rng.integers(0, most, size)
        record[name] = some_of(rng, count, MAX_WORDS, lambda shape, s=start, o=options: s + skewed(rng, shape, o, 0.8), MISSING)
    record["role"] = np.where(rng.random(size) < 0.1, MISSING, skewed(rng, size, ROLES))


def some_of(rng: np.random.Generator, count: Numbers, width: int, draw: Any, pad: int) -> Numbers:
    """n × width: about `count` different codes a row, sorted, padded."""
    drawn = draw((len(count), width))
    drawn[np.arange(width) >= count[:, None]] = -1
    drawn = -np.sort(-drawn, axis=1)
    drawn[:, 1:][drawn[:, 1:] == drawn[:, :-1]] = -1
    drawn = -np.sort(-drawn, axis=1)
    return np.where(drawn < 0, pad, drawn)


def texts(people: Population, rng: np.random.Generator) -> None:
    """Vectors around the middles of clusters; one in twenty has no text."""
    middles = rng.standard_normal((CLUSTERS, DIMENSIONS), np.float32)
    people.columns["has_embedding"][:] = rng.random(people.count) < 0.95
    for start in range(0, people.count, AT_ONCE):
        part = slice(start, min(people.count, start + AT_ONCE))
        size = part.stop - start
        made = middles[rng.integers(0, CLUSTERS, size)] + SPREAD * rng.standard_normal((size, DIMENSIONS), np.float32) + 1.0
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        people.columns["embedding"][part] = made * people.columns["has_embedding"][part, None]


# --- One of them looks ---


def features(people: Population, row: int) -> Features:
    """What the pure score reads of a member of the crowd."""
    slug, level, hours, _ = people.groups.array[people["group"][row]].tolist()
    remote, country, city, offset = people.places.array[people["place"][row]].tolist()
    role = int(people["role"][row])
    return Features(
        field=people.fields.things[slug],
        role=people.roles.things[role] if role != MISSING else "",
        skills=frozenset(people.skill_keys[code] for code in people["skills"][row] if code),
        wanted=frozenset(people.skill_keys[code] for code in people["wanted"][row] if code),
        experience=None if level == MISSING else level,
        hours=hours or None,
        remote_only=bool(remote),
        country=people.countries.things[country] if country != MISSING else "",
        city=people.cities.things[city] if city != MISSING else "",
        utc_offset=offset,
        values=words(people, "values", row),
        work_styles=words(people, "work_styles", row),
        embedding=people["embedding"][row] if people["has_embedding"][row] else None,
    )


def words(people: Population, column: str, row: int) -> frozenset[str]:
    return frozenset(people.words.things[code] for code in people[column][row] if code != MISSING)


def viewer(people: Population, row: int) -> Viewer:
    slug, _, hours, must = people.groups.array[people["group"][row]].tolist()
    mine, cell = features(people, row), int(people["cell"][row])
    facts = Facts(
        mine.country.upper(), mine.remote_only, mine.experience, people.fields.things[slug], hours, words(people, "languages", row)
    )
    return Viewer(
        member_id=people.member_id(row),
        features=mine,
        facts=facts,
        must_haves=must_haves_as_filters({} if must == MISSING else json.loads(people.musts.things[must])),
        cell=people.cells.things[cell] if cell != MISSING else "",
        excluded=frozenset(nearby_ids(people, row)),
    )


def nearby_ids(people: Population, row: int) -> list[UUID]:
    """Forty members somebody might have swiped on."""
    return [people.member_id((row + step * 97) % people.count) for step in range(1, 41)]
