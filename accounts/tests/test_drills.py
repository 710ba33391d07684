"""The long drills, short: `manage.py drill accounts_refresh accounts_limits accounts_silence accounts_places` does more."""

import os

import pytest

from accounts import places
from accounts.drills import places as observing
from accounts.drills import refreshing, silence
from ops.drilling import Options

pytestmark = [pytest.mark.slow, pytest.mark.integration]


def test_an_observer_who_moves_finds_nobody() -> None:
    trials = list(observing.trials(Options(seed=1, size=4000)))
    assert len(trials) == 5
    assert [trial for trial in trials if not trial.ok] == []


def test_an_observer_would_find_people_by_their_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "seen_at", places.centre)
    trials = list(observing.trials(Options(seed=1, size=4000)))
    assert [trial.ok for trial in trials] == [True, False, True, False, True]


def test_an_answer_tells_nobody_who_is_a_member() -> None:
    trials = list(silence.trials(Options(size=2)))
    assert [trial for trial in trials[::2] if not trial.ok] == []  # what they took is for a quiet machine
    assert len(trials) == 2 * len(silence.DOORS)


@pytest.mark.skipif(os.environ.get("ALLIV_TEST_SERVICES") == "none", reason="it starts a PostgreSQL and a Valkey")
def test_a_token_is_good_once_over_two_processes() -> None:
    trials = list(refreshing.trials(Options(size=2)))
    assert len(trials) == 4
    assert [trial for trial in trials if not trial.ok] == []
