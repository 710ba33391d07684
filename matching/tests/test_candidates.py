"""Ranking by candidates from PostgreSQL: whom it names is ranked exactly, and what changes is known at once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as actual
from django.db import connection

from accounts import services
from accounts.models import Member, Profile
from accounts.signals import profile_changed
from matching.models import PopulationChange
from matching.ranking import candidates, index
from matching.ranking.candidates import Candidates
from matching.ranking.loading import population
from matching.tests.brute_force import BruteForce
from matching.tests.crowd import gather, question
from matching.tests.test_discover_exact import asked_of_discover, walk_down
from ops import jobs

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.skipif("postgresql" not in actual.DATABASES["default"]["ENGINE"], reason="pgvector is PostgreSQL's"),
]


@pytest.fixture(autouse=True)
def _by_candidates(settings: Any, db: None) -> None:
    settings.RANKING_BACKEND = "pgvector"
    index.rebuild()


def rows_of(member_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM matching_index WHERE member_id = %s) + (SELECT count(*) FROM matching_index_text WHERE member_id = %s)",
            [member_id, member_id],
        )
        return int(cursor.fetchone()[0])


def change(member: Member, **values: Any) -> None:
    Profile.objects.filter(member=member).update(**values)
    profile_changed.send(Profile, member_ids=[member.pk])


@pytest.mark.parametrize("seed", range(3))
def test_candidates_who_are_everybody_are_ranked_as_by_brute_force(seed: int) -> None:
    crowd = gather(seed)
    for _ in range(12):
        viewer, asked = crowd.somebody(), question(crowd.rng)
        expected = BruteForce(viewer, asked).ranking()
        page = asked_of_discover(viewer, asked)
        assert [(key.total, key.member_id) for key in page.keys] == expected, asked
        if "min_score" not in asked:
            assert page.total == len(expected)


def test_few_candidates_are_in_their_true_order_and_nobody_comes_twice(monkeypatch: Any) -> None:
    monkeypatch.setattr(candidates, "DEPTH", 3)
    monkeypatch.setattr(candidates, "NEAREST", 2)
    crowd = gather(7)
    viewer = crowd.members[0]
    everybody = BruteForce(viewer, {}).ranking()
    seen = walk_down(viewer, 4)
    assert len(seen) == len(set(seen)) > 4
    assert seen == [place for place in everybody if place in set(seen)]


def test_the_process_holds_only_those_who_were_named(monkeypatch: Any) -> None:
    monkeypatch.setattr(candidates, "DEPTH", 3)
    monkeypatch.setattr(candidates, "NEAREST", 2)
    crowd = gather(8)
    asked_of_discover(crowd.members[0], {}, limit=2)
    held = population()
    assert isinstance(held, Candidates)
    assert 2 < held.count < len(crowd.members)


def test_what_changes_is_in_the_next_answer() -> None:
    crowd = gather(9)
    viewer = crowd.members[0]
    first = asked_of_discover(viewer, {}).keys
    leaving, moving = first[0].member_id, first[1].member_id
    change(Member.objects.get(pk=leaving), visibility="hidden")
    change(Member.objects.get(pk=moving), country="JP", city="Kyoto", timezone="Asia/Tokyo")
    assert [tuple(key) for key in asked_of_discover(viewer, {}).keys] == BruteForce(viewer, {}).ranking()
    assert leaving not in {key.member_id for key in asked_of_discover(viewer, {}).keys}


def test_the_index_is_made_again_when_notes_are_gone() -> None:
    crowd = gather(10)
    viewer = crowd.members[0]
    asked_of_discover(viewer, {})
    change(crowd.members[5], remote_only=True, role="Captain")
    change(crowd.members[6], visibility="hidden")
    PopulationChange.objects.order_by("number").last().delete()  # type: ignore[union-attr]
    asked_of_discover(viewer, {})
    jobs.run_due()
    assert [tuple(key) for key in asked_of_discover(viewer, {}).keys] == BruteForce(viewer, {}).ranking()


def test_before_there_is_an_index_a_job_makes_it_and_nobody_waits(ana: Member, client_of: Callable[[Member], Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE matching_index_state")
    gather(12)
    answer = client_of(ana).get("/api/discover")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert jobs.run_due() == 1
    assert client_of(ana).get("/api/discover").status_code == 200


def test_who_closes_their_account_leaves_no_row(committed: Any) -> None:
    crowd = gather(11)
    index.catch_up()
    gone = next(who for who in crowd.members if rows_of(who.pk) == 2)
    with committed():
        services.erase_member(gone)
    assert rows_of(gone.pk) == 0
