"""The search over a crowd of numbers: every total is the pure score's, every bound holds, and nobody is lost."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from accounts.vocabulary.selectors import vocabulary
from matching import matrix
from matching.bench import crowd
from matching.ranking import exact, scan
from matching.ranking.filters import Filters, satisfies
from matching.ranking.lens import OUT
from matching.ranking.population import Population
from matching.ranking.search import EVERYBODY, NOBODY_S_KEY, Search
from matching.ranking.viewer import Viewer
from matching.score import Features, Tables, score
from tests.support import forget

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SIZE = 600


@pytest.fixture(scope="module")
def people(django_db_setup: Any, django_db_blocker: Any) -> Population:
    with django_db_blocker.unblock():
        forget()
        return crowd.crowd(vocabulary(), SIZE, seed=11)


@pytest.fixture
def tables() -> Tables:
    return matrix.tables()


def everybody(people: Population) -> list[Features]:
    return [crowd.features(people, row) for row in range(people.count)]


def totals(search: Search, people: Population) -> dict[int, float]:
    """Row to exact total, of everybody whom the search may show, without any bound."""
    found, rows, most = np.empty(people.count), np.empty(people.count, np.int64), np.full(people.count, 2.0, np.float32)
    everybody = np.arange(people.count, dtype=np.uint32)
    held = exact.evaluate(search.columns, search.lens, search.asked, everybody, most, -1.0, 0, NOBODY_S_KEY, found, rows, EVERYBODY)
    return dict(zip(rows[:held].tolist(), found[:held].tolist(), strict=True))


@pytest.mark.parametrize("row", [0, 123, 599])
def test_totals_are_the_pure_score_s(row: int, people: Population, tables: Tables) -> None:
    viewer = crowd.viewer(people, row)
    found = totals(Search(people, tables, viewer, Filters()), people)
    expected = {other: score(viewer.features, theirs, tables).total for other, theirs in enumerate(everybody(people))}
    assert len(found) > SIZE / 3
    assert {other: total - expected[other] for other, total in found.items()} == pytest.approx(dict.fromkeys(found, 0.0), abs=2e-9)


@pytest.mark.parametrize("row", range(0, SIZE, 100))
def test_no_bound_is_below_its_total(row: int, people: Population, tables: Tables) -> None:
    search = Search(people, tables, crowd.viewer(people, row), Filters())
    rows, most = scan.scan(search.columns, search.lens, people.count, OUT / 4)
    bounds = dict(zip(rows.tolist(), most.tolist(), strict=True))
    for other, total in totals(search, people).items():
        assert bounds[other] >= total - 1e-6


WEIGHTS = [
    {"field": 1.0}, {"skills": 1.0}, {"experience": 1.0}, {"availability": 1.0}, {"location": 1.0}, {"values": 1.0}, {"semantic": 1.0},
]  # fmt: skip


@pytest.mark.parametrize("weights", WEIGHTS, ids=lambda weights: next(iter(weights)))
def test_each_factor_alone_agrees_with_the_pure_score(weights: dict[str, float], people: Population, tables: Tables) -> None:
    """With all weight on one factor, a total is that factor's value and the boosts."""
    alone = Tables(
        version=tables.version, weights=dict.fromkeys(tables.weights, 0.0) | weights, skill_pairs=tables.skill_pairs,
        field_synergies=tables.field_synergies, boosts=tables.boosts, categories=tables.categories, field_groups=tables.field_groups,
    )  # fmt: skip
    for row in (5, 321):
        viewer = crowd.viewer(people, row)
        search = Search(people, alone, viewer, Filters())
        expected = {other: score(viewer.features, crowd.features(people, other), alone).total for other in totals(search, people)}
        assert totals(search, people) == pytest.approx(expected, abs=1e-6)
        best = sorted(expected, key=lambda other: (-totals(search, people)[other], people.member_id(other)))[:20]
        assert [people.row(key.member_id) for key in search.after(20)[0]] == best


def is_wanted(people: Population, viewer: Viewer, other: Viewer, filters: Filters) -> bool:
    theirs = set(other.features.skills) | {people.known.skills[key].category for key in other.features.skills}
    return (
        other.member_id != viewer.member_id
        and other.member_id not in viewer.excluded
        and satisfies(other.facts, viewer.must_haves)
        and satisfies(viewer.facts, other.must_haves)
        and satisfies(other.facts, filters)
        and (not filters.skills or bool(theirs & set(filters.skills)))
        and (not filters.has_photo or bool(people["has_photo"][people.row(other.member_id)]))
    )


@pytest.mark.slow
@pytest.mark.parametrize("ten", range(10))
def test_random_populations_viewers_and_filters_equal_brute_force(ten: int, tables: Tables) -> None:
    """100 populations in all, 20 viewers each, a filter each: the same members in the same order."""
    known = vocabulary()
    for seed in range(10 * ten, 10 * ten + 10):
        rng = np.random.default_rng(seed)
        people = crowd.crowd(known, int(rng.integers(30, 120)), seed=seed)
        everyone = [crowd.viewer(people, row) for row in range(people.count)]
        for row in rng.integers(0, people.count, 20).tolist():
            filters = some_filter(people, rng)
            viewer = replace(everyone[row], excluded=frozenset(list(everyone[row].excluded)[:5]))
            ranked = sorted(
                (-score(viewer.features, other.features, tables).total, other.member_id)
                for other in everyone
                if is_wanted(people, viewer, other, filters)
            )
            found, _ = Search(people, tables, viewer, filters).after(50)
            assert [key.member_id for key in found] == [member_id for _, member_id in ranked[:50]]


def some_filter(people: Population, rng: np.random.Generator) -> Filters:
    fields, keys = people.fields.things, people.skill_keys[1:]
    options = [
        {},
        {"field": tuple(rng.choice(fields, 3))},
        {"skills": tuple(rng.choice(keys, 6))},
        {"experience_min": int(rng.integers(0, 4))},
        {"experience_max": 2, "min_hours": 6},
        {"remote": bool(rng.random() < 0.5)},
        {"country": ("C0", "C3")},
        {"language": ("language 1", "language 2")},
        {"has_photo": True},
    ]
    return Filters(**options[int(rng.integers(0, len(options)))])


def test_everybody_in_turn_by_pages_of_twenty(tables: Tables) -> None:
    """Nobody is repeated and nobody is skipped in two thousand results."""
    people = crowd.crowd(vocabulary(), 2100, seed=5)
    search = Search(people, tables, crowd.viewer(people, 7), Filters())
    seen, more, last = [], True, None
    while more:
        page, more = search.after(20, last)
        seen += page
        last = page[-1]
    assert len(seen) == len(set(seen)) == search.total > 1900
    assert seen == sorted(seen, key=lambda key: (-key.total, key.member_id))
    assert search.before(20, seen[1000])[0] == seen[980:1000]


@pytest.mark.slow
def test_without_numba_the_results_are_the_same(people: Population, tables: Tables) -> None:
    """The loops run as plain Python in a process that cannot compile."""
    row = 17
    found, _ = Search(people, tables, crowd.viewer(people, row), Filters()).after(10)
    program = f"""
import sys; sys.modules["numba"] = None
import django; django.setup()
from matching.tests.test_search_exact import crowd, Filters, Population, Search, SIZE
from matching.ranking import compiled
from accounts.vocabulary.selectors import Vocabulary
import json
from matching.score import Tables
assert compiled.numba is None
known = Vocabulary.from_dict(json.load(sys.stdin))
people = crowd.crowd(known, SIZE, seed=11)
tables = Tables(categories={{skill.key: skill.category for skill in known.skills.values()}})
print([str(key.member_id) for key in Search(people, tables, crowd.viewer(people, {row}), Filters()).after(10)[0]])
"""
    bare = Tables(categories={skill.key: skill.category for skill in people.known.skills.values()})
    expected = [str(key.member_id) for key in Search(people, bare, crowd.viewer(people, row), Filters()).after(10)[0]]
    told = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", program],
        input=json.dumps(people.known.as_dict()), capture_output=True, text=True, timeout=300, env=os.environ,
    )  # fmt: skip
    assert told.stdout.strip() == str(expected), told.stderr[-2000:]
    assert found
