"""The drills go well, and a fault that is really there is told of."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from matching.curation import rehearsal
from ops import drilling, jobs
from ops.drilling import Figure, Options, Trial
from ops.management.commands.drill import as_text
from ops.models import Job, Mail

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DRILLS = ["backup", "chat", "health", "images", "jobs", "limits", "mail", "matrix", "privacy"]
LONG = [  # theirs are elsewhere, or below
    "accounts_limits", "accounts_places", "accounts_refresh", "accounts_silence", "backup_busy", "backup_keys", "backup_year", "chat_faults", "chat_faults_mongodb", "chat_slow_reader",
    "drain", "hanging", "images_uploaded", "mail_faults", "mongodb", "noise", "redis_killed",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough steps to meet every kind; `manage.py drill matrix` takes a thousand."""
    monkeypatch.setattr(rehearsal, "STEPS", 150)


def drilled(*names: str, **options: Any) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("drill", *names, stdout=out, json=True, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("name", DRILLS)
def test_it_goes_well_and_leaves_nothing(name: str, transactional_db: None) -> None:
    trials = drilled(name)
    assert trials
    assert {trial["drill"] for trial in trials} == {name}
    assert set(trials[0]) == {"drill", "trial", "expected", "seen", "ok"}
    assert [trial for trial in trials if not trial["ok"]] == []
    assert not Job.objects.exists()
    assert not Mail.objects.exists()


def test_noise_leaves_logs_and_metrics_as_they_are() -> None:
    assert [trial for trial in drilled("noise", size=120, seed=1) if not trial["ok"]] == []


def test_a_bad_season_leaves_the_last_verified_backup() -> None:
    assert [trial for trial in drilled("backup_year", size=60, seed=1) if not trial["ok"]] == []


def test_every_drill_has_its_test() -> None:
    assert drilling.known() == sorted([*DRILLS, *LONG])


def test_without_the_packages_a_drill_needs_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(drilling._needs, "chat_faults", ("no_such_package",))
    assert drilling.possible(["chat", "chat_faults", "chat_slow_reader"]) == ["chat", "chat_slow_reader"]


def test_a_fault_that_is_there_is_seen(db: None, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(jobs, "claim", lambda job_id: Job.objects.get(id=job_id))  # everybody gets every job
    with pytest.raises(SystemExit) as ended:
        call_command("drill", "jobs")
    assert ended.value.code == 1
    assert "NOT  jobs: of two workers one gets it (expected (True, None), seen (True, <Job" in capsys.readouterr().out


def test_a_drill_that_breaks_did_not_go_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(options: Options) -> Iterator[Trial]:
        yield Trial("begins", 1, 1)
        raise RuntimeError("broken")

    monkeypatch.setitem(drilling._drills, "broken", broken)
    trials = list(drilling.run("broken"))
    assert [trial.ok for trial in trials] == [True, False]
    assert trials[-1].seen == "RuntimeError: broken"


def test_a_figure_is_right_up_to_its_bound_and_is_told_either_way() -> None:
    assert [Figure("lost", 1, seen).ok for seen in (0, 1, 2)] == [True, True, False]
    assert as_text("x", Figure("took", 5.0, 1.5, "s")) == "ok   x: took: 1.5 s (at most 5.0)"
    assert as_text("x", Figure("lost", 0, 1)) == "NOT  x: lost: 1 (at most 0)"


def test_an_unknown_name_is_wrong_usage() -> None:
    with pytest.raises(CommandError, match="There is no drill nothing; there are accounts_limits, ") as refusal:
        call_command("drill", "nothing")
    assert refusal.value.returncode == 2
