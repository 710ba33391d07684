"""Everybody in memory: loaded once, then kept fresh row by row."""

import gc
import weakref
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from accounts.models import Member
from accounts.places import cell_of, distance_km
from accounts.vocabulary.models import Skill, SkillAlias
from accounts.vocabulary.selectors import Vocabulary
from matching.models import PopulationChange
from matching.ranking import loading
from matching.ranking.loading import population
from matching.ranking.population import COLUMNS, FIRST_CAPACITY, Population
from ops import revisions
from tests.factories import MemberFactory
from tests.support import api, change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Counts how often everybody was read."""
    spy = Mock(side_effect=loading.load)
    monkeypatch.setattr(loading, "load", spy)
    return spy


def hours_of(held: Population, member: Member) -> int:
    return int(held.groups.array[held["group"][held.row(member.pk)], 2])


def skills_of(held: Population, member: Member) -> list[str]:
    return [held.skill_keys[code] for code in held["skills"][held.row(member.pk)] if code]


def test_a_change_costs_its_own_rows_only(load: Mock, ana: Member, ben: Member, django_assert_num_queries: Any) -> None:
    held = population()
    change(ben, hours_per_week=3)
    with django_assert_num_queries(3):  # the revisions, what changed, Ben's row
        assert population() is held
    assert hours_of(held, ben) == 3
    assert load.call_count == 1


def test_without_news_nothing_is_read_but_the_revisions(ana: Member, django_assert_num_queries: Any) -> None:
    population()
    with django_assert_num_queries(1):
        population()


def test_a_request_that_read_the_numbers_before_the_last_change_does_not_read_everybody_again(load: Mock, ana: Member) -> None:
    early = revisions.current()
    change(ana, hours_per_week=3)
    held = population()
    assert population(early) is held
    assert load.call_count == 1


def test_everybody_is_read_again_when_notes_of_changes_are_gone(load: Mock, ana: Member, ben: Member) -> None:
    population()
    change(ben, hours_per_week=3)
    PopulationChange.objects.all().delete()
    change(ana, hours_per_week=4)
    assert hours_of(population(), ben) == 3
    assert load.call_count == 2


def test_the_old_columns_are_gone_before_the_new_ones_are_read(load: Mock, ana: Member, ben: Member) -> None:
    """With all that a search made from them: nobody needs room for both."""
    assert api(ana).get("/api/discover").json()["results"]
    old, alive = weakref.ref(population()), []

    def read(*args: Any) -> Population:
        gc.collect()
        alive.append(old() is not None)
        return load.side_effect_before(*args)

    load.side_effect_before, load.side_effect = load.side_effect, read
    change(ben, hours_per_week=3)
    PopulationChange.objects.all().delete()
    change(ana, hours_per_week=4)
    population()
    assert alive == [False]


def learnt(**spellings: str) -> None:
    """The vocabulary learns aliases: spelling to the skill's key."""
    for spelling, key in spellings.items():
        SkillAlias.objects.create(name=spelling, skill=Skill.objects.get(key=key))
    revisions.bump("vocabulary")


def test_a_new_vocabulary_reads_those_only_whose_words_it_changes(
    load: Mock, ana: Member, ben: Member, django_assert_num_queries: Any
) -> None:
    change(ana, skills=["Snakecraft"])
    held = population()
    assert skills_of(held, ana) == []
    learnt(snakecraft="python")
    numbers = revisions.current()
    with django_assert_num_queries(5):  # three of the vocabulary, Ana's row, and the revision of that moment
        assert population(numbers) is held
    assert skills_of(held, ana) == ["python"]
    assert load.call_count == 1


def test_a_skill_that_is_gone_is_nobody_s(load: Mock, ana: Member) -> None:
    change(ana, skills=["Django", "Python"])
    held = population()
    assert skills_of(held, ana) == ["django", "python"] or skills_of(held, ana) == ["python", "django"]
    Skill.objects.get(key="django").delete()
    revisions.bump("vocabulary")
    assert skills_of(population(), ana) == ["python"]
    assert load.call_count == 1


def test_who_left_is_nobody_s_choice_and_takes_their_skills_along(ana: Member) -> None:
    held = population()
    assert held.commonness()["django"] == 1
    held.forget(ana.pk)
    held.forget(ana.pk.__class__(int=1))  # never seen
    assert held.is_shown().sum() == 0
    assert held.commonness()["django"] == 0


def test_an_edit_moves_the_counts_of_skills(ana: Member) -> None:
    assert population().commonness()["django"] == 1
    change(ana, skills=["Python"])
    assert population().commonness()["django"] == 0
    change(ana, skills=["Django"], visibility="hidden")
    assert population().commonness()["django"] == 0


def test_ids_read_back(ana: Member, ben: Member) -> None:
    held = population()
    assert {held.member_id(row) for row in held.rows([ana.pk, ben.pk])} == {ana.pk, ben.pk}
    assert held.row(ana.pk.__class__(int=1)) is None
    assert len(held.rows([])) == 0


def test_ids_that_share_their_first_half_are_told_apart() -> None:
    held = Population(Vocabulary(0, {}, {}, {}))
    made = [MemberFactory.build().pk.__class__(int=(7 << 64) + low) for low in (3, 1, 2)]
    rows = [held._row_of(member_id) for member_id in made]
    held.settle()
    assert [held.row(member_id) for member_id in made] == rows
    assert held.row(made[0].__class__(int=(7 << 64) + 9)) is None


def test_it_grows_past_its_first_capacity() -> None:
    held = Population(Vocabulary(0, {}, {}, {}))
    made = [MemberFactory.build().pk for _ in range(FIRST_CAPACITY + 1)]
    rows = [held._row_of(member_id) for member_id in made]
    assert rows == list(range(FIRST_CAPACITY + 1))
    assert held.member_id(FIRST_CAPACITY) == made[-1]
    assert held.capacity == len(held.loops.embedding) == 2 * FIRST_CAPACITY
    assert {name: column.dtype.itemsize * column[0].size for name, column in held.columns.items()} == {
        name: np.dtype(kind).itemsize for name, kind in COLUMNS.items()
    }
    assert not held.is_shown().any()


def test_distances_are_those_of_places() -> None:
    held = Population(Vocabulary(0, {}, {}, {}))
    cells = [cell_of(latitude, longitude) for latitude, longitude in [(0, 0), (89.9, 10), (-33.9, 151.2), (38.7, -9.1), (38.7, -9.2)]]
    for cell in cells:
        held.cells.code(cell)
    for here in cells:
        assert held.distances(here) == pytest.approx([distance_km(here, there) for there in held.cells.things], abs=1e-6)
