"""Everything a measurement needs besides the clients: PostgreSQL, Valkey, people, and the servers that are compared."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings

from chat.bench.people import ticket
from ops import scratch

START_SECONDS = 120
SETTLE_SECONDS = 60
QUIET = 0.1
SUBJECTS = ("socketio", "alliv")


class Server:
    """The processes of one subject, each on a port of its own."""

    def __init__(self, subject: str, processes: "list[subprocess.Popen[bytes]]", ports: list[int]) -> None:
        self.subject, self.ports = subject, ports
        self.processes = [psutil.Process(process.pid) for process in processes]

    def cpu_seconds(self) -> float:
        """Processor time of the application's processes so far, their threads included."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)

    def own_bytes(self) -> int:
        """Memory that nobody shares with them."""
        return sum(process.memory_full_info().uss for process in self.processes)

    def settle(self) -> None:
        """Returns when the processes do next to nothing: what begins with a start, such as compiling loops, has ended."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            before = self.cpu_seconds()
            time.sleep(1)
            if self.cpu_seconds() - before < QUIET:
                return


class Stage:
    """PostgreSQL and Valkey as the tests start them, and people in pairs."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)  # PostgreSQL refuses to run as root and has to reach its own folder inside
        self.postgres, self.valkey = scratch.Postgres(folder / "postgres"), scratch.Valkey(folder / "valkey")
        self.environment = {
            **os.environ,
            "CHAT_DATABASE_URL": "",
            "MONGO_URI": "",
            "DJANGO_SETTINGS_MODULE": "alliv.settings",
            "VAR_DIR": str(folder / "var"),
            "ALLIV_MODE": "embedded",
            "DEBUG": "0",
            "LIMITS_ENABLED": "0",  # the other server has none
            "EMBEDDINGS_ENABLED": "0",
            "LOG_LEVEL": "ERROR",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
        }
        self.pairs: list[Any] = []
        self.tickets: dict[str, int] = {}
        self.python("manage.py", "migrate", "-v0")

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()

    def python(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=settings.BASE_DIR, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def invite(self, pairs: int, connections: int, connections_of_the_first: int) -> None:
        """People who may connect so often."""
        self.pairs = json.loads(self.python("-m", "chat.bench.people", *map(str, (pairs, connections, connections_of_the_first))))

    def seats(self, server: Server, count: int) -> list[Any]:
        """Two sockets a room; with several processes the two are in different ones."""
        return [
            [server.ports[side % len(server.ports)], self.credential(server, who), room]
            for room, sides in self.pairs[: count // 2]
            for side, who in enumerate(sides)
        ]

    def crowd(self, server: Server, count: int) -> list[Any]:
        """One socket of a member, and many of the one they talk to."""
        room, (one, other) = self.pairs[0]
        return [[server.ports[0], self.credential(server, who), room] for who in (one, *[other] * count)]

    def credential(self, server: Server, who: list[str]) -> str:
        member, session = who
        if server.subject != "alliv":
            return session
        self.tickets[member] = self.tickets.get(member, 0) + 1
        return ticket(member, self.tickets[member] - 1)

    # --- Servers ---

    @contextmanager
    def serving(self, subject: str, processes: int = 1) -> Iterator[Server]:
        with ExitStack() as stack:
            ports = [scratch.free_port() for _ in range(processes)]
            running = [stack.enter_context(self.process(subject, port)) for port in ports]
            server = Server(subject, running, ports)
            for port in ports:
                wait_for(port)
            server.settle()
            yield server

    @contextmanager
    def process(self, subject: str, port: int) -> "Iterator[subprocess.Popen[bytes]]":
        command = {
            "alliv": ["manage.py", "serve", "--no-jobs", "--port", str(port)],
            "socketio": ["-m", "chat.bench.rival", str(port)],
        }[subject]
        process = subprocess.Popen(
            [sys.executable, *command], cwd=settings.BASE_DIR, env=self.environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(0.1)
