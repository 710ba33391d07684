"""`manage.py bench http`: Discover over HTTP on one process, beside a list that has the same bytes at hand."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from ops.benching import Figure, Options, figure

MEMBERS, ROUNDS, STARTS_IN = 100_000, 300, 600
SUBJECT, BASELINE = "discover", "same-bytes"
PASSWORD = "alliv-demo-2026"
VIEWERS = ("ana@demo.alliv.test", "ben@demo.alliv.test", "cleo@demo.alliv.test")
PATHS = {BASELINE: "/api/bench/same-bytes", SUBJECT: "/api/discover", "live": "/health/live"}
PROGRAM = "import django; django.setup(); from django.core.management import call_command; call_command('serve', port={port}, no_jobs=True)"


def run(options: Options) -> Iterator[Figure]:
    members, rounds = options["members"] or MEMBERS, options["rounds"] or ROUNDS
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), members) as port:
        client = Client(port)
        idle = client.measured(rounds)
        yield figure(f"{members}/idle", BASELINE, idle[BASELINE], metric="wall_ms", unit="ms")
        yield figure(f"{members}/idle", SUBJECT, idle[SUBJECT], metric="wall_ms", unit="ms", baseline=(BASELINE, idle[BASELINE]))
        yield figure(f"{members}/idle", "live", idle["live"], metric="wall_ms", unit="ms")
        with embedding(Path(folder)) as child:
            busy = client.measured(rounds, while_running=child)
        for subject in (SUBJECT, "live"):
            case = f"{members}/while-embedding"
            yield figure(case, subject, busy[subject], metric="wall_ms", unit="ms", baseline=(f"{subject} idle", idle[subject]))


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "VAR_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "alliv.bench.settings",
        "DEBUG": "0",
        "LIMITS_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "ALLIV_MODE": "embedded",
    }


@contextmanager
def served(folder: Path, members: int) -> Iterator[int]:
    """A process of its own on a database of its own."""
    for command in (["migrate", "-v0"], ["seed_demo", "--members", str(members), "--no-embeddings"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env=environment(folder), check=True, capture_output=True
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(port=port)], cwd=settings.BASE_DIR, env=environment(folder), stderr=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def embedding(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The model reads a thousand profiles, as the worker of a deployment does: one thread, low priority."""
    program = (
        "import os, django; os.nice(10); django.setup(); from matching import embedding as e;"
        "texts = [e.profile_text(p) for p in e.stale_profiles()[:1000]];"
        "[e.child.encode(texts[n:n + 64]) for n in range(0, len(texts), 64)]"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=settings.BASE_DIR, env=environment(folder), stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


class Client:
    """Three members with one connection that stays open."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.wait()
        self.tokens = [self.sign_in(email) for email in VIEWERS]
        for token in self.tokens:  # the columns are there, the loops compiled, the first pages shown
            for path in PATHS.values():
                self.get(path, token)

    def wait(self) -> None:
        deadline = time.monotonic() + STARTS_IN
        while True:
            try:
                self.get("/health/live", "")
            except OSError:
                self.connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def sign_in(self, email: str) -> str:
        body = json.dumps({"email": email, "password": PASSWORD})
        self.connection.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(self.connection.getresponse().read())
        return str(answer["access"])

    def get(self, path: str, token: str) -> int:
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        response = self.connection.getresponse()
        size = len(response.read())
        if response.status != http.client.OK:
            raise RuntimeError(f"{path} answered {response.status}")
        return size

    def measured(self, rounds: int, while_running: "subprocess.Popen[bytes] | None" = None) -> dict[str, list[float]]:
        """Milliseconds of each path, one after the other in every round."""
        samples: dict[str, list[float]] = {subject: [] for subject in PATHS}
        for number in range(rounds):
            token = self.tokens[number % len(self.tokens)]
            for subject, path in PATHS.items():
                began = time.perf_counter()
                self.get(path, token)
                samples[subject].append((time.perf_counter() - began) * 1000)
            if while_running is not None and while_running.poll() is not None:
                break
        return samples
