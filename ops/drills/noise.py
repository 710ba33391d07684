"""What do logs and metrics make of noise? Random addresses, methods and hostile request ids, secrets in every place they can be in.

`manage.py drill noise`: 10,000 requests to a process of its own. Each log line stays one valid object, no secret is in any,
every id that could do harm is replaced, and the number of metrics does not grow with what strangers think of.
"""

import json
import random
import re
import socket
import string
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from ops import scratch
from ops.context import ACCEPTED_ID
from ops.drilling import Figure, Options, Trial, long_drill

REQUESTS, AT_ONCE, NEW_SERIES = 10_000, 8, 50
METRICS_TOKEN = "noise-metrics-token"
CANARY = "canary7d1f"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND")
ADDRESSES = ("/{}", "/api/{}", "/api/profiles/{}", "/photos/{}/card.webp", "/static/{}.js")
HOSTILE = ("x" * 10_000, "🙂".encode(), b"a\tb", "../../etc/passwd", '"}{"', "a b", "%0d%0aSet-Cookie: a=b", "")
SECRETS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/auth/login", {"email": f"{CANARY}@example.org", "password": CANARY}),
    ("/api/auth/verify-email", {"email": f"{CANARY}@example.org", "code": CANARY}),
    ("/api/auth/refresh", {"refresh": CANARY}),
    ("/api/chat/rooms/0190a000-0000-7000-8000-000000000000/messages", {"body": CANARY, "client_id": CANARY}),
)


@long_drill("noise", needs=("httpx",))
def trials(options: Options) -> Iterator[Trial]:
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="alliv-drill-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        env = scratch.environment(folder, METRICS_TOKEN=METRICS_TOKEN, LOG_FORMAT="json", LOG_LEVEL="INFO")
        scratch.run("manage.py", "migrate", "-v0", env=env)
        process = scratch.Serving(env, folder / "serve.log")
        process.start()
        try:
            process.await_ready()
            with httpx.Client(base_url=process.url, timeout=30) as client:
                yield from heard(client, process, options.size or REQUESTS, chance)
        finally:
            process.kill()
        yield from read((folder / "serve.log").read_text(errors="replace").splitlines())


def heard(client: httpx.Client, process: scratch.Serving, count: int, chance: random.Random) -> Iterator[Trial]:
    knock(client, "GET", f"/{word(chance)}", "x")  # what any unknown address counts as is there before
    series(client)  # so is the asking for metrics
    before = series(client)
    calls = [(chance.choice(METHODS), address(chance), chance.choice(HOSTILE)) for _ in range(count)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda call: knock(client, *call), calls))
    for path, body in SECRETS:
        answers.append(client.post(path, json=body, headers={"Authorization": f"Bearer {CANARY}"}))
    answers.append(client.get(f"/api/discover?token={CANARY}", headers={"Cookie": f"sessionid={CANARY}"}))
    yield Trial("answers that are failures of ours", [], sorted({answer.status_code for answer in answers if answer.status_code >= 500}))
    ids = [answer.headers.get("x-request-id", "") for answer in answers]
    yield Trial("ids that could do harm and were kept", [], [bad for bad in ids if not ACCEPTED_ID.fullmatch(bad)][:3])
    yield Trial("a line break in an id is no header of ours", False, b"injected" in split(process.port))
    yield Figure(f"new series after {count} addresses and methods", NEW_SERIES, len(series(client) - before))


def word(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_lowercase + string.digits, k=12))


def address(chance: random.Random) -> str:
    return chance.choice(ADDRESSES).replace("{}", word(chance))


def knock(client: httpx.Client, method: str, path: str, identifier: str | bytes) -> httpx.Response:
    return client.request(method, path, headers=[(b"X-Request-ID", identifier.encode() if isinstance(identifier, str) else identifier)])


def split(port: int) -> bytes:
    """What is answered to an id with a line break in it, as it is written on the wire."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: a\rinjected: b\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def series(client: httpx.Client) -> set[str]:
    """The name and labels of every metric."""
    text = client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).text
    return set(re.findall(r"^([a-z_]+(?:\{[^}]*\})?) ", text, re.MULTILINE)) - {""}


def read(lines: list[str]) -> Iterator[Trial]:
    lines = [line for line in lines if not line.startswith("Alliv is at ")]  # the command's own word, on stderr
    yield Trial("there are log lines", True, len(lines) > len(SECRETS))
    yield Trial("log lines that are no object", [], [line[:80] for line in lines if not is_object(line)][:3])
    yield Trial("log lines with a secret", [], [line[:80] for line in lines if CANARY in line][:3])


def is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
