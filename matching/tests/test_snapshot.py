"""The columns as files: written by one process, mapped by the others, and never believed beyond what the database says."""

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Member
from matching import shelf
from matching.models import PopulationChange
from matching.ranking import loading, snapshot
from matching.ranking.loading import population
from matching.ranking.population import COLUMNS, Population
from matching.tests.crowd import gather, question
from matching.tests.test_discover_exact import asked_of_discover
from tests.factories import PASSWORD
from tests.support import change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _snapshots(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.SNAPSHOT_FROM = tmp_path, 1


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Mock:
    spy = Mock(side_effect=loading.load)
    monkeypatch.setattr(loading, "load", spy)
    return spy


def started_again() -> Population:
    """What another process of this machine would come to hold."""
    loading._held = None
    return population()


def test_a_second_process_maps_what_the_first_one_read(load: Mock, ana: Member, ben: Member) -> None:
    change(ana, hours_per_week=7)
    first, second = population(), started_again()
    assert load.call_count == 1
    assert isinstance(second.columns["embedding"], np.memmap)
    assert second is not first
    assert {second.member_id(row) for row in range(second.count)} == {ana.pk, ben.pk}


def test_rankings_are_the_same_from_rows_and_from_files(settings: Any) -> None:
    crowd = gather(300)
    asked = [(crowd.somebody(), question(crowd.rng)) for _ in range(15)]
    settings.SNAPSHOT_FROM = 10_000
    from_rows = [asked_of_discover(*each).keys for each in asked]
    settings.SNAPSHOT_FROM, loading._held = 1, None
    population()
    started_again()
    assert isinstance(population().columns["group"], np.memmap)
    assert [asked_of_discover(*each).keys for each in asked] == from_rows


def test_what_changed_since_is_read_again(load: Mock, ana: Member, ben: Member) -> None:
    change(ana, headline="First")
    population()
    change(ben, country="JP", city="Osaka")
    held = started_again()
    assert held.places.array[held["place"][held.row(ben.pk)], 1] == held.countries.known("jp")
    assert load.call_count == 1


def test_a_change_stays_in_the_process_that_read_it(ana: Member) -> None:
    change(ana, headline="First")
    population()
    change(ana, country="JP")
    started_again()
    kept = snapshot.mapped(lambda as_of: True)
    assert kept is not None
    assert "jp" not in kept.countries


def test_a_snapshot_of_another_past_is_not_believed(load: Mock, ana: Member) -> None:
    """A backup was restored: the numbers are there again, but they name other changes."""
    change(ana, headline="First")
    population()
    PopulationChange.objects.update(created_at=timezone.now())
    started_again()
    assert load.call_count == 2


@pytest.mark.parametrize("harm", ["nonsense", "format", "column"])
def test_a_broken_snapshot_is_made_anew(harm: str, load: Mock, ana: Member) -> None:
    change(ana, headline="First")
    population()
    folder = (snapshot.home() / "current").resolve()
    if harm == "nonsense":
        (folder / "codes.json").write_text("{")
    elif harm == "format":
        (folder / "codes.json").write_text('{"format": 0}')
    else:
        (folder / "embedding").unlink()
    assert ana.pk in started_again()
    assert load.call_count == 2


def test_only_the_current_snapshot_takes_room(ana: Member) -> None:
    change(ana, headline="First")
    snapshot.save(population())
    snapshot.save(population())
    assert len([path for path in snapshot.home().iterdir() if path.is_dir() and not path.is_symlink()]) == 1


def test_without_room_the_process_keeps_what_it_read(ana: Member, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    change(ana, headline="First")
    monkeypatch.setattr(snapshot, "write", Mock(side_effect=OSError("no space left")))
    assert ana.pk in population()
    assert "could not keep a snapshot" in caplog.text
    assert [path for path in snapshot.home().iterdir() if path.is_dir()] == []


def test_newcomers_find_room_behind_a_mapped_population(ana: Member) -> None:
    change(ana, headline="First")
    population()
    crowd = gather(301, size=8)
    held = started_again()
    assert all(who.pk in held for who in crowd.members)
    assert held.capacity >= held.count


def test_a_member_costs_less_than_two_kilobytes() -> None:
    assert sum(np.dtype(kind).itemsize for kind in COLUMNS.values()) + 8 < 2000


def test_who_leaves_is_in_no_file(ana: Member, ben: Member) -> None:
    change(ben, role="Canary keeper", city="Canaryville")
    population()
    folder = (snapshot.home() / "current").resolve()
    assert "canary keeper" in (folder / "codes.json").read_text()
    accounts.close_account(ben, password=PASSWORD)
    population()
    assert not folder.exists()
    assert ben.pk not in shelf._kept
    assert "canary" not in "".join(path.read_text(errors="replace") for path in snapshot.home().rglob("*") if path.is_file()).casefold()


def test_a_snapshot_made_after_somebody_left_stays(ana: Member, ben: Member) -> None:
    change(ana, headline="First")
    population()
    accounts.close_account(ben, password=PASSWORD)
    held = population()
    snapshot.save(held)
    snapshot.drop_older_than(held.revision)
    assert (snapshot.home() / "current").exists()


def test_housekeeping_renews_it(ana: Member) -> None:
    change(ana, headline="First")
    population()
    before = (snapshot.home() / "current").resolve()
    change(ana, headline="Second")
    assert loading.renew_snapshot(dry_run=True) == 1
    assert (snapshot.home() / "current").resolve() == before
    assert loading.renew_snapshot(dry_run=False) == 1
    assert (snapshot.home() / "current").resolve() != before
