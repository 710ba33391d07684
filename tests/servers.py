"""The suite's own PostgreSQL and Valkey, from wheels, on free ports, gone when the run ends.

They have to stand before Django reads its settings, so `conftest.py` calls this and no fixture does. `-m unit` and `-m e2e` start nothing;
`ALLIV_TEST_SERVICES=none` runs on SQLite and without Redis, as the embedded default does. Side by side (`-n 2`) the workers share the
PostgreSQL, with a database each; a folder and a Valkey each has of its own, because published messages know no databases, and an
emulator of MongoDB, because a write there may fail while much is written beside it.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from ops.scratch import Emulator, Postgres, Valkey

_stop: list[Callable[[], object]] = []


def kept(server: Postgres | Valkey | Emulator) -> str:
    """The address of a server that is stopped at the end."""
    _stop.append(server.stop)
    return server.url


def hurried(url: str) -> str:
    """The address of a PostgreSQL that waits for no disk: nobody needs it after a power cut."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
    return url


def start(needed: bool) -> None:
    """Prepares the environment that Django's settings will read."""
    in_worker = "PYTEST_XDIST_WORKER" in os.environ
    folder = Path(tempfile.mkdtemp(prefix="alliv-test-"))
    folder.chmod(0o755)  # PostgreSQL refuses to run as root and has to reach its own folder inside
    _stop.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ.update(VAR_DIR=str(folder / "var"), DEBUG="0", LIMITS_ENABLED="0", EMBEDDINGS_ENABLED="0")
    os.environ.setdefault("DB_POOL_MIN", "0")
    if needed and os.environ.get("ALLIV_TEST_LOG") == "mongodb":
        os.environ["CHAT_DATABASE_URL"] = os.environ.get("MONGODB_TEST_URL") or kept(Emulator(folder / "mongodb"))
    if not needed or os.environ.get("ALLIV_TEST_SERVICES") == "none":
        return
    if not in_worker:
        sys.stderr.write("Starting PostgreSQL and Valkey for this run …\n")
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = hurried(kept(Postgres(folder / "postgres")))
        os.environ.setdefault("PG_BIN_DIR", str(Postgres.programs()))
    if "REDIS_URL" not in os.environ or in_worker:
        os.environ["REDIS_URL"] = kept(Valkey(folder / "valkey"))


def stop() -> None:
    while _stop:
        with suppress(Exception):
            _stop.pop()()
