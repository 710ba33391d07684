"""Everybody in memory: loaded once, then kept fresh row by row."""

from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from accounts.models import Member
from accounts.vocabulary.selectors import Vocabulary
from matching.models import PopulationChange
from matching.ranking import population as columns
from matching.ranking.population import FIRST_CAPACITY, Population, population
from ops import revisions
from tests.factories import MemberFactory
from tests.support import change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Counts how often everybody was read."""
    spy = Mock(side_effect=columns.load)
    monkeypatch.setattr(columns, "load", spy)
    return spy


def test_a_change_costs_its_own_rows_only(load: Mock, ana: Member, ben: Member, django_assert_num_queries: Any) -> None:
    held = population()
    change(ben, hours_per_week=3)
    with django_assert_num_queries(3):  # the revisions, what changed, Ben's row
        assert population() is held
    assert held["hours"][held.row_of[ben.pk]] == 3
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
    held = population()
    assert held["hours"][held.row_of[ben.pk]] == 3
    assert load.call_count == 2


def test_a_new_vocabulary_makes_everything_anew(load: Mock, ana: Member) -> None:
    population()
    revisions.bump("vocabulary")
    population()
    assert load.call_count == 2


def test_who_left_is_nobody_s_choice_and_takes_their_skills_along(ana: Member) -> None:
    held = population()
    assert held.commonness()["django"] == 1
    held.forget(ana.pk)
    held.forget(ana.pk.__class__(int=1))  # never seen
    assert held.eligible().sum() == 0
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


def test_it_grows_past_its_first_capacity() -> None:
    held = Population(Vocabulary(0, {}, {}, {}))
    made = [MemberFactory.build().pk for _ in range(FIRST_CAPACITY + 1)]
    rows = [held._row(member_id) for member_id in made]
    assert rows == list(range(FIRST_CAPACITY + 1))
    assert held.member_id(FIRST_CAPACITY) == made[-1]
    assert len(held.columns["embedding"]) == 2 * FIRST_CAPACITY
    assert not np.any(held["listed"])
