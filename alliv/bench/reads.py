"""`manage.py bench reads`: every GET of the API's document, asked by 50 clients at once, of one process on a PostgreSQL of its own.

Two people ask, a member and a superuser, each with a match, a message, a photo and an export: what the addresses name is there. The
document says which operations there are, so a new one is asked as well. An answer that is not the expected one ends the bench.
"""

import asyncio
import io
import itertools
import logging
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image

from ops import scratch
from ops.benching import Figure, Options, figure

MEMBERS, SECONDS, AT_ONCE = 1000, 60, 50
PASSWORD = "alliv-demo-2026"
OK, FORBIDDEN = 200, 403
STAFF_ONLY = "/api/admin/"


@dataclass
class Reader:
    """Somebody signed in, and the values of the names in addresses."""

    headers: dict[str, str]
    is_staff: bool
    names: dict[str, str]

    def path(self, route: str) -> str:
        return re.sub(r"{(\w+)}", lambda found: self.names[found[1]], route)

    def expected(self, route: str) -> int:
        return FORBIDDEN if route.startswith(STAFF_ONLY) and not self.is_staff else OK


@dataclass
class Load:
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    seconds: Counter[int] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)


def run(options: Options) -> Iterator[Figure]:
    members, seconds = options["members"] or MEMBERS, options["rounds"] or SECONDS
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with scratch.installation(processes=1, DEBUG="0", LOG_LEVEL="WARNING") as here:
        scratch.run("manage.py", "seed_demo", "--members", str(members), "--no-embeddings", env=here.env)
        with httpx.Client(base_url=here.sites[0], timeout=60) as client:
            ana, ben, cleo, sam = (sign_in(client, name) for name in ("ana", "ben", "cleo", "sam"))
            pair = client.get("/api/admin/skill-compatibility", headers=sam).raise_for_status().json()["results"][0]["id"]
            people = [(ana, met(client, ana, ben)), (sam, met(client, sam, cleo))]
            readers = [Reader(headers, headers is sam, {"pair_id": pair, **names}) for headers, names in people]
            questions = list(itertools.product(listed(client), readers))
        load = Load()
        asyncio.run(ask_all(here.sites[0], questions, seconds, load))
    if load.wrong:
        raise RuntimeError(f"answered otherwise than expected: {dict(load.wrong)}")
    yield from figures(load, f"{AT_ONCE} clients")


def listed(client: httpx.Client) -> list[str]:
    document = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    return [*(route for route, methods in document["paths"].items() if "get" in methods), "/api/schema/"]


def figures(load: Load, case: str) -> Iterator[Figure]:
    every = [sample for samples in load.took.values() for sample in samples]
    yield figure(case, "requests", list(load.seconds.values())[1:-1], metric="per_second", unit="requests")
    yield figure(case, "every route", every, metric="wall_ms", unit="ms")
    for route, samples in sorted(load.took.items(), key=lambda item: -figure("", "", item[1], metric="", unit="").p99):
        yield figure(case, route.removeprefix("/api"), samples, metric="wall_ms", unit="ms")


# --- What there is to read ---


def sign_in(client: httpx.Client, name: str) -> dict[str, str]:
    answer = client.post("/api/auth/login", json={"email": f"{name}@demo.alliv.test", "password": PASSWORD}).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access']}"}


def met(client: httpx.Client, mine: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """What there is of whoever signs in with `mine`, by its name in addresses, once they have met the other and have one of everything."""

    def post(path: str, headers: dict[str, str] = mine, **more: Any) -> Any:
        return client.post(path, headers=headers, **more).raise_for_status().json()

    client.patch("/api/me", headers=mine, json={"visibility": "public"}).raise_for_status()  # staff are hidden
    me, them = (client.get("/api/me", headers=headers).raise_for_status().json()["id"] for headers in (mine, other))
    post("/api/swipes", json={"target": them, "action": "like"})
    match = post("/api/swipes", other, json={"target": me, "action": "like"})["match"]
    for number in range(20):
        post(f"/api/chat/rooms/{match['room']}/messages", json={"client_id": str(uuid4()), "body": f"Message {number}"})
    picture = io.BytesIO()
    Image.new("RGB", (900, 900), "teal").save(picture, "JPEG")
    photo = post("/api/photos", files={"file": ("me.jpg", picture.getvalue())})["id"]
    post("/api/me/export")
    return {"member_id": them, "match_id": match["id"], "room_id": match["room"], "photo_id": photo}


# --- Asking ---


async def ask_all(site: str, questions: list[tuple[str, Reader]], seconds: float, load: Load) -> None:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=site, timeout=60, limits=limits) as client:
        for route, who in questions:
            await ask(client, route, who, Load())  # the first of each compiles and loads
        end = time.monotonic() + seconds
        turns = itertools.cycle(questions)
        await asyncio.gather(*(keep_asking(client, turns, end, load) for _ in range(AT_ONCE)))


async def keep_asking(client: httpx.AsyncClient, turns: Iterator[tuple[str, Reader]], end: float, load: Load) -> None:
    while time.monotonic() < end:
        await ask(client, *next(turns), load)


async def ask(client: httpx.AsyncClient, route: str, who: Reader, load: Load) -> None:
    began = time.perf_counter()
    try:
        answer = await client.get(who.path(route), headers=who.headers)
        seen = answer.status_code
    except httpx.TransportError as error:
        load.wrong[route, type(error).__name__] += 1
        return
    load.took[route].append((time.perf_counter() - began) * 1000)
    load.seconds[int(time.monotonic())] += 1
    if seen != who.expected(route):
        load.wrong[route, str(seen)] += 1
