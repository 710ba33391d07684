"""Does an answer, or the time it takes, tell who is a member?

`manage.py drill accounts_silence` asks 200 times in turn for a known and an unknown address at each door, on the embedded default: there
the process that answers also does the work that the question left behind.
"""

import random
import statistics
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx

from accounts.drills.cast import PASSWORD
from ops import scratch
from ops.drilling import Figure, Options, Trial, long_drill

SAMPLES, APART, WARM_UP = 200, 10.0, 10
OWN = {"date", "x-request-id", "traceparent"}  # of one answer, whoever asks
PLAIN = {"Accept-Encoding": "identity"}  # a compressed answer has a length of chance
NEW = {"password": PASSWORD, "name": "New", "birthdate": "1990-01-01"}
DOORS: dict[str, dict[str, str]] = {
    "login": {"password": "not this one"},
    "register": NEW,
    "verify-email/resend": {},
    "password/reset": {},
}
fresh = count()


@long_drill("accounts_silence", needs=("httpx",))
def trials(options: Options) -> Iterator[Trial]:
    samples, chance = options.size or SAMPLES, random.Random(options.seed)
    with scratch.embedded() as here, httpx.Client(base_url=here.sites[0], timeout=60, headers=PLAIN) as client:
        known = [person["email"] for person in here.tell(f"accounts.drills.cast.people({samples + WARM_UP})")]
        for door, more in DOORS.items():
            told, took = sampled(client, door, more, known, chance)
            yield Trial(f"{door}: a known and an unknown address get the same {samples} times", 1, len(told))
            medians = [1000 * statistics.median(times[WARM_UP:]) for times in took]
            apart = 100 * (max(medians) / min(medians) - 1)
            yield Figure(f"{door}: medians of {medians[0]:.1f} and {medians[1]:.1f} ms apart", APART, round(apart, 1), "%")


def sampled(
    client: httpx.Client, door: str, more: dict[str, str], known: list[str], chance: random.Random
) -> tuple[set[str], tuple[list[float], list[float]]]:
    """The different answers that came, and what each took: for known addresses and for unknown ones."""
    told: set[str] = set()
    took: tuple[list[float], list[float]] = ([], [])
    for member in known:
        pair = list(enumerate((member, f"unknow{next(fresh):04}@drill.alliv.test")))
        chance.shuffle(pair)
        for which, email in pair:
            began = time.perf_counter()
            answer = client.post(f"/api/auth/{door}", json={"email": email, **more})
            took[which].append(time.perf_counter() - began)
            told.add(spelt(answer, email))
    return told, took


def spelt(answer: httpx.Response, email: str) -> str:
    """Status, headers and body without what is every answer's own."""
    headers: dict[str, Any] = {name: value for name, value in answer.headers.items() if name not in OWN}
    body = answer.text.replace(email, "").replace(answer.headers["X-Request-ID"], "")
    return f"{answer.status_code} {sorted(headers.items())} {body}"
