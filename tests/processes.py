"""Real serving processes for tests that need more than one."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg

from ops.scratch import free_port
from tests.patience import patient

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "alliv-demo-2026"


@contextmanager
def fresh_database(name: str) -> Iterator[str]:
    """An empty database on the run's PostgreSQL; its address."""
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield server.replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(*words: str, env: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, check=True, capture_output=True)


@contextmanager
def serving(env: dict[str, str], log: Path) -> Iterator[str]:
    """One `manage.py serve` on a free port; its address, once it is ready."""
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "manage.py", "serve", "--port", str(port)], cwd=ROOT, env=env, stdout=out, stderr=out)
        try:
            await_ready(url := f"http://127.0.0.1:{port}", log)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def await_ready(url: str, log: Path) -> None:
    deadline = time.monotonic() + 90  # a busy machine takes long to import and to collect static files
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not ready: {log.read_text()[-2000:]}")


@contextmanager
def one_process(folder: Path, members: int = 12, **more: str) -> Iterator[str]:
    """One process with the cast in it, on the run's PostgreSQL where there is one, else on SQLite."""
    with ExitStack() as stack:
        env = {**os.environ, "VAR_DIR": str(folder), **more}
        env.pop("REDIS_URL", None)
        if "DATABASE_URL" in env:
            env["DATABASE_URL"] = stack.enter_context(fresh_database(f"one_{os.getpid()}"))
        manage("migrate", "-v0", env=env)
        manage("seed_demo", "--members", str(members), "--no-embeddings", env=env)
        yield stack.enter_context(serving(env, folder / "serve.log"))


@contextmanager
def two_processes(folder: Path, **more: str) -> Iterator[tuple[str, str]]:
    """Two processes over one PostgreSQL and one Redis, with the cast in them."""
    with fresh_database(f"two_{os.getpid()}") as database, ExitStack() as stack:
        redis = os.environ["REDIS_URL"].removesuffix("/0") + "/5"
        env = {**os.environ, "DATABASE_URL": database, "REDIS_URL": redis, "VAR_DIR": str(folder), "DEBUG": "1", **more}
        manage("migrate", "-v0", env=env)
        manage("seed_demo", "--members", "12", "--no-embeddings", env=env)
        first = stack.enter_context(serving(env, folder / "first.log"))
        second = stack.enter_context(serving(env, folder / "second.log"))
        yield first, second


def signed_in(url: str, name: str) -> httpx.Client:
    """A client of one process with the access token of one of the cast."""
    answer = httpx.post(f"{url}/api/auth/login", json={"email": f"{name}@demo.alliv.test", "password": PASSWORD}, timeout=patient(5))
    answer.raise_for_status()
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {answer.json()['access']}"}, timeout=patient(5))
