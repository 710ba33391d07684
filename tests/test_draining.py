"""A process that is asked to leave says so first, also when it is one of several."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from ops.scratch import free_port
from tests.processes import ROOT, await_ready, fresh_database, manage

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def told_until_it_is_gone(url: str) -> list[tuple[int, str]]:
    """What probes hear, one after the other, from the signal to the last answer."""
    heard: list[tuple[int, str]] = []
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            answer = httpx.get(f"{url}/health/ready", timeout=5)
        except httpx.TransportError:
            return heard
        heard.append((answer.status_code, answer.json()["status"]))
    raise AssertionError("it is still there")


def ask_on(url: str) -> None:
    """Over one connection, until an answer says that it was the last; raises what a request that is cut raises."""
    with httpx.Client(base_url=url, timeout=5) as client:
        while client.get("/health/live").raise_for_status().headers.get("connection") != "close":
            time.sleep(0.01)


@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="several workers need servers; the run without them has one")
def test_every_worker_says_that_it_is_draining_and_then_goes(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", "2", "--no-jobs"]
    with fresh_database(f"drain_{os.getpid()}") as database, (tmp_path / "log").open("wb") as log:
        env = {**os.environ, "DATABASE_URL": database, "VAR_DIR": str(tmp_path)}
        manage("migrate", "-v0", env=env)
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            await_ready(url := f"http://127.0.0.1:{port}", tmp_path / "log")
            began = time.monotonic()
            with ThreadPoolExecutor(4) as pool:
                asking = [pool.submit(ask_on, url) for _ in range(4)]
                time.sleep(0.2)
                process.terminate()
                heard = told_until_it_is_gone(url)
            process.wait(10)
            assert time.monotonic() - began < 10
            assert [future.exception() for future in asking] == [None] * 4
        finally:
            process.kill()
            process.wait()
    assert (503, "draining") in heard
    assert heard[-1] == (503, "draining")
