"""Dumping and restoring a database, for SQLite and PostgreSQL."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ops.backup.archive import Table
from ops.ids import uuid7

DIGEST_MODULUS = 2**60


class RestoreFailed(Exception):
    """The database refused the dump; the sentence is its last word."""


class Engine(Protocol):
    name: str

    def dump(self, target: Path) -> dict[str, Table]:
        """Writes one consistent state to `target` and says what is in it."""

    def is_empty(self) -> bool:
        """Whether no member would be lost by restoring over this database."""

    def restore(self, source: Path) -> None: ...

    def restored_tables(self, source: Path) -> dict[str, Table]:
        """Restores into a scratch database, says what is in it, and removes it."""


def engine() -> Engine:
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return SQLite(Path(str(config["NAME"])))
    places = {"dbname": config["NAME"], "user": config["USER"], "host": config["HOST"], "port": config["PORT"]}
    given = {name: value for name, value in places.items() if value}
    return PostgreSQL(make_conninfo(**{"host": config["OPTIONS"].get("host", ""), **given}), str(config["PASSWORD"] or ""))


class SQLite:
    """Through the online backup API: copying a live file loses what is still in its write-ahead log."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def dump(self, target: Path) -> dict[str, Table]:
        with closing(sqlite3.connect(self.path)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)  # in one step: between two, every write would make it begin again
            copy.execute("PRAGMA journal_mode=DELETE")
            return sqlite_tables(copy)

    def is_empty(self) -> bool:
        with closing(sqlite3.connect(self.path)) as live:
            there = live.execute("SELECT 1 FROM sqlite_master WHERE name = 'accounts_member'").fetchone()
            return not there or not live.execute("SELECT 1 FROM accounts_member LIMIT 1").fetchone()

    def restore(self, source: Path) -> None:
        with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(self.path)) as live:
            copy.backup(live)

    def restored_tables(self, source: Path) -> dict[str, Table]:
        with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(":memory:")) as scratch:
            copy.backup(scratch)
            if scratch.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise RestoreFailed("SQLite finds the restored database damaged.")
            return sqlite_tables(scratch)


def sqlite_tables(connection: sqlite3.Connection) -> dict[str, Table]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    return {name: sqlite_table(connection, name) for (name,) in sorted(names)}


def sqlite_table(connection: sqlite3.Connection, name: str) -> Table:
    rows = total = 0
    for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608  (a table's own name)
        rows += 1
        total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:8])
    return Table(rows, f"{total % DIGEST_MODULUS:015x}")


class PostgreSQL:
    """Through pg_dump's custom format; what is counted is the very snapshot that is dumped."""

    name = "postgresql"

    def __init__(self, place: str, password: str) -> None:
        """`place` is a conninfo string without the password, which must not be seen in a list of processes."""
        self.place, self.password = place, password

    def connect(self, place: str | None = None, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return psycopg.connect(place or self.place, password=self.password or None, autocommit=autocommit)

    def run(self, program: str, *words: str) -> None:
        run(tool(program), *words, env={**os.environ, "PGPASSWORD": self.password})

    def dump(self, target: Path) -> dict[str, Table]:
        with self.connect() as session:
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = fetch_one(session, "SELECT pg_export_snapshot()")
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
            self.run("pg_dump", *options, self.place)
            return postgres_tables(session)

    def is_empty(self) -> bool:
        with self.connect() as session:
            there = fetch_one(session, "SELECT to_regclass('accounts_member')")
            return not there or not fetch_one(session, "SELECT EXISTS (SELECT 1 FROM accounts_member)")

    def restore(self, source: Path) -> None:
        self._load(source, self.place)

    def _load(self, source: Path, place: str) -> None:
        options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"]
        self.run("pg_restore", *options, f"--dbname={place}", str(source))

    def restored_tables(self, source: Path) -> dict[str, Table]:
        with self._scratch() as place:
            self._load(source, place)
            with self.connect(place) as session:
                return postgres_tables(session)

    @contextmanager
    def _scratch(self) -> Iterator[str]:
        """An empty database beside ours, gone afterwards."""
        name = f"alliv_drill_{uuid7().hex[-12:]}"
        with self.connect(autocommit=True) as session:
            session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield make_conninfo(self.place, dbname=name)
        finally:
            with self.connect(autocommit=True) as session:
                session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def fetch_one(connection: psycopg.Connection[Any], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def postgres_tables(connection: psycopg.Connection[Any]) -> dict[str, Table]:
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return {name: postgres_table(connection, name) for (name,) in names}


def postgres_table(connection: psycopg.Connection[Any], name: str) -> Table:
    query = sql.SQL("SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) FROM {} t")
    row = connection.execute(query.format(sql.Identifier(name))).fetchone()
    assert row is not None
    return Table(row[0], f"{int(row[1]) % DIGEST_MODULUS:015x}")


def tool(name: str) -> str:
    """PostgreSQL's own program: from PG_BIN_DIR, else from the path. It must not be older than the server."""
    found = shutil.which(name, path=os.pathsep.join(filter(None, [settings.PG_BIN_DIR, os.environ.get("PATH")])))
    if found is None:
        raise RestoreFailed(f"{name} is not installed: it comes with PostgreSQL's client programs.")
    return found


def run(*words: str, env: dict[str, str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, env=env)
    if done.returncode:
        said = [line for line in done.stderr.strip().splitlines() if line]
        raise RestoreFailed(said[-1] if said else f"{Path(words[0]).name} ended with status {done.returncode}.")
