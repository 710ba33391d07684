"""A backup is only one when it comes back: made, damaged, refused, drilled and restored on the run's own database."""

import gzip
import json
import random
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Member
from ops.backup import age, archive, store
from ops.backup.rotation import Kept, expired
from tests.factories import MemberFactory

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def vault(transactional_db: None, settings: object, tmp_path: Path) -> Path:
    """An empty backup folder, some members and one uploaded file."""
    settings.BACKUP_DIR, settings.MEDIA_ROOT = tmp_path / "backups", tmp_path / "media"  # type: ignore[attr-defined]
    (tmp_path / "media" / "photos").mkdir(parents=True)
    (tmp_path / "media" / "photos" / "a.webp").write_bytes(b"picture" * 1000)
    MemberFactory.create_batch(3)
    return tmp_path


def archives(vault: Path) -> list[Path]:
    return [vault / "backups" / name for name in store.sizes()]


def output(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def exit_code(act: Callable[[], object]) -> int | None:
    with pytest.raises(SystemExit) as ending:
        act()
    return ending.value.code  # type: ignore[return-value]


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.integration
def test_a_drill_finds_every_row_again(vault: Path) -> None:
    made = json.loads(output("backup", "--json"))
    drilled = json.loads(output("restore_backup", "--drill", "--json"))
    assert made["files"] == 1
    assert drilled["rows"] == made["rows"] >= 6


@pytest.mark.integration
def test_a_flipped_byte_is_found_and_never_restored(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output("backup")
    flip_a_byte(archives(vault)[0])
    assert exit_code(lambda: call_command("verify_backup")) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert exit_code(lambda: call_command("restore_backup", "--force", "--no-input")) == 1
    assert Member.objects.count() == 3


@pytest.mark.unit
def test_a_flipped_bit_is_found_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "contents").mkdir()
    (tmp_path / "contents" / "database").write_bytes(random.Random(1).randbytes(300))
    packed = tmp_path / "packed"
    manifest = archive.Manifest("2026-01-01", "sqlite", {}, archive.contents(tmp_path / "contents"))
    archive.pack(tmp_path / "contents", packed, manifest)
    whole = packed.read_bytes()
    head = whole.index(b"\0", 10) + 1  # a date and a name that nobody reads
    unseen = []
    for place in range(head, len(whole)):
        packed.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            archive.verify(packed)
            if gzip.decompress(packed.read_bytes()) != gzip.decompress(whole):  # some bits say the same either way
                unseen.append(place)
        except archive.Damaged:
            pass
    assert unseen == []


@pytest.mark.integration
def test_restoring_over_members_needs_force_and_then_brings_them_back(vault: Path) -> None:
    output("backup")
    gone = Member.objects.latest("id")
    gone.delete()
    (vault / "media" / "photos" / "a.webp").unlink()
    assert exit_code(lambda: call_command("restore_backup", "--no-input")) == 4
    output("restore_backup", "--no-input", "--force")
    assert Member.objects.filter(email=gone.email).exists()
    assert (vault / "media" / "photos" / "a.webp").read_bytes() == b"picture" * 1000


@pytest.mark.integration
def test_a_second_run_is_turned_away(vault: Path) -> None:
    with store.locked():
        assert exit_code(lambda: call_command("backup")) == 75
    assert store.sizes() == {}


@pytest.mark.integration
def test_nothing_to_verify_is_a_precondition(vault: Path) -> None:
    assert exit_code(lambda: call_command("verify_backup")) == 4
    assert output("list_backups") == ""


@pytest.mark.integration
def test_pruning_keeps_the_newest_good_one_whatever_its_age(vault: Path) -> None:
    output("backup")
    (made,) = archives(vault)
    old = made.with_name("alliv-20200101T000000Z.tar.gz")
    made.rename(old)
    assert json.loads(output("prune_backups", "--json"))["deleted"] == []
    older = made.with_name("alliv-20190101T000000Z.tar.gz")
    older.write_bytes(old.read_bytes())
    assert json.loads(output("prune_backups", "--json", "--dry-run"))["deleted"] == [older.name]
    assert older.exists()
    output("prune_backups")
    assert list(store.sizes()) == [old.name]
    assert "good" in output("list_backups")


@pytest.mark.integration
@pytest.mark.parametrize("name", ["alliv-20269999T000000Z.tar.gz", "alliv-٢٠٢٦٠١٠١T000000Z.tar.gz", "alliv-.tar.gz", "notes.txt"])
def test_what_lies_there_besides_is_left_alone(vault: Path, name: str) -> None:
    output("backup")
    (made,) = archives(vault)
    made.with_name(name).touch()
    assert list(store.sizes()) == [made.name]
    assert json.loads(output("prune_backups", "--json"))["deleted"] == []
    assert not age.is_stale()


@pytest.mark.integration
def test_what_is_dated_into_the_future_is_not_taken_for_the_newest(vault: Path) -> None:
    """A clock that was years ahead for a night must not hide for years that backups stopped, nor be what a restore takes."""
    output("backup")
    (made,) = archives(vault)
    ahead, old = made.with_name("alliv-21200101T000000Z.tar.gz"), made.with_name("alliv-20200101T000000Z.tar.gz")
    ahead.write_bytes(made.read_bytes())
    made.rename(old)
    assert list(store.sizes()) == [old.name, ahead.name]
    assert (store.find(None), store.find(ahead.name)) == (old.name, ahead.name)
    assert age.is_stale()
    old.unlink()
    assert store.find(None) == ahead.name


def daily(count: int, *, good: Callable[[int], bool] = lambda age: True) -> list[Kept]:
    return [Kept(f"{age}", NOON - timedelta(days=age), good(age)) for age in range(count)]


@pytest.mark.unit
def test_a_week_is_kept() -> None:
    assert [backup.name for backup in expired(daily(10), now=NOON, days=7)] == ["8", "9"]


@pytest.mark.unit
def test_a_clock_that_jumps_ahead_deletes_nothing() -> None:
    assert expired(daily(7), now=NOON + timedelta(days=4000), days=7) == []


@pytest.mark.unit
def test_a_run_of_failures_never_deletes_the_last_good_one() -> None:
    backups = daily(40, good=lambda age: age >= 30)
    assert "30" not in [backup.name for backup in expired(backups, now=NOON, days=7)]
    assert expired(daily(5, good=lambda age: False), now=NOON + timedelta(days=99), days=1) == []


@pytest.mark.unit
def test_one_from_a_clock_that_was_ahead_does_not_pass_for_the_last() -> None:
    ahead = Kept("ahead", NOON + timedelta(days=3650), verified=True, order=1)
    last = Kept("last", NOON - timedelta(days=20), verified=True, order=2)
    assert expired([ahead, last], now=NOON, days=7) == []
    assert expired([ahead, last], now=NOON + timedelta(days=3650), days=7) == []


@pytest.mark.integration
def test_the_order_of_publishing_is_noted_beside_the_digest_where_sha256sum_does_not_mind(vault: Path) -> None:
    name = store.make().name
    (vault / "backups" / f"{name}.sha256").write_text(f"{archive.sha256(vault / 'backups' / name)}  {name}\n")  # as older ones are
    first = Path(archives(vault)[0]).replace(vault / "backups" / "alliv-20200101T000000Z.tar.gz").name
    second = store.make().name
    assert (store.order(first), store.order(second)) == (0, 1)
    done = subprocess.run(["sha256sum", "--check", "--strict", f"{second}.sha256"], cwd=vault / "backups", capture_output=True)
    assert done.returncode == 0


@pytest.mark.unit
def test_weeks_and_months_keep_their_newest() -> None:
    gone = {backup.name for backup in expired(daily(120), now=NOON, days=7, weekly=4, monthly=3)}
    kept = {backup.name for backup in daily(120)} - gone
    assert {"0", "1", "7"} <= kept
    assert 10 <= len(kept) <= 16


@pytest.mark.unit
@pytest.mark.parametrize("seed", range(5))
def test_through_400_days_of_failures_and_a_jumping_clock_the_last_good_one_stays(seed: int) -> None:
    chance = random.Random(seed)
    broken = set(chance.sample(range(400), 30))
    lying: dict[str, Kept] = {}
    for day in range(400):
        clock = NOON + timedelta(days=day) + chance.choice([timedelta(0)] * 8 + [timedelta(days=3650), timedelta(days=-3650)])
        made = Kept(str(day), clock, verified=day not in broken, order=day + 1)
        if made.verified or chance.random() < 0.5:  # a failed one is there, damaged, or is not there at all
            lying[made.name] = made
        good = [backup for backup in lying.values() if backup.verified]
        newest = max(good, key=lambda backup: backup.order, default=None)
        for gone in expired(lying.values(), now=clock, days=7):
            del lying[gone.name]
        assert newest is None or newest.name in lying
