"""`python -m chat.bench.load`: the clients of one measurement, in a process of their own.

It reads one job from its standard input, then does what each further line says (`connect`, `warm`, `act`), and answers every line with a
line of JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import uvloop

from chat.bench.dialects import DIALECTS, Dialect
from chat.bench.wire import Wire

AT_ONCE = 50
CONNECT_SECONDS = 120
WARM_SECONDS = 1.0
GRACE_SECONDS = 1.0
BODY = "See you at the library at six, and bring the sketches of the new board."


@dataclass(frozen=True)
class Seat:
    """A socket to be: where it connects, with what, and the room it talks in."""

    port: int
    credential: str
    room: str


class Client:
    """One socket. `on_delivery` and `on_ack` are set by the act that is played."""

    def __init__(self, seat: Seat, dialect: Dialect) -> None:
        self.seat, self.dialect = seat, dialect
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.wire = Wire(dialect.path(seat.credential), self.hear)
        self.on_delivery: Callable[[], None] | None = None
        self.on_ack: Callable[[bytes], None] | None = None

    async def connect(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self.wire, "127.0.0.1", self.seat.port)
        await self.welcome

    def hear(self, text: bytes) -> None:
        if text.startswith(self.dialect.delivered):
            if self.on_delivery is not None:
                self.on_delivery()
        elif text.startswith(self.dialect.acknowledged):
            if self.on_ack is not None:
                self.on_ack(text)
        elif (reply := self.dialect.reply(text, self.seat.credential)) is not None:
            self.wire.send(reply)
        elif not self.welcome.done() and self.dialect.is_welcome(text):
            self.welcome.set_result(None)


class Load:
    """The sockets of a job; neighbours (0 and 1, 2 and 3, …) share a room."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.dialect = DIALECTS[job["dialect"]]
        self.seats = [Seat(*seat) for seat in job["seats"]]
        self.seconds, self.window, self.rate = job["seconds"], job["window"], job["rate"]
        self.begin: Callable[[], None] = getattr(self, job["act"])
        self.last_number: int = job["first_number"]
        self.clients: list[Client] = []
        self.count = 0
        self.sent: dict[int, float] = {}
        self.waited: dict[int, float] = {}

    async def connect(self) -> dict[str, Any]:
        """All of them, fifty at a time."""
        self.clients = [Client(seat, self.dialect) for seat in self.seats]
        gate, began = asyncio.Semaphore(AT_ONCE), time.perf_counter()

        async def enter(client: Client) -> None:
            async with gate:
                await client.connect()

        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.gather(*map(enter, self.clients))
        return {"count": len(self.clients), "seconds": time.perf_counter() - began}

    def number(self) -> int:
        self.last_number += 1
        return self.last_number

    async def warm(self) -> dict[str, Any]:
        """Begins the act; what comes first is not measured."""
        self.begin()
        return await (self.at_rate(WARM_SECONDS) if self.rate else self.counted(WARM_SECONDS))

    async def act(self) -> dict[str, Any]:
        return await (self.at_rate(self.seconds) if self.rate else self.counted(self.seconds))

    async def counted(self, seconds: float) -> dict[str, Any]:
        before, began = self.count, time.perf_counter()
        await asyncio.sleep(seconds)
        if any(client.wire.lost for client in self.clients):
            raise ConnectionError("the server closed a socket")
        return {"count": self.count - before, "seconds": time.perf_counter() - began}

    # --- Acts ---

    def idle(self) -> None:
        pass

    def typing(self) -> None:
        """Both of a pair send as soon as the other has heard: `window` frames of each are always under way."""
        for one, other in zip(self.clients[::2], self.clients[1::2], strict=True):
            for sender, listener in ((one, other), (other, one)):
                say = self.typist(sender)
                listener.on_delivery = say
                for _ in range(self.window):
                    say()

    def typist(self, sender: Client) -> Callable[[], None]:
        """Says that they type, and that they do no longer, in turns of their own: who says the same twice is not passed on.

        Each call counts what was delivered before it.
        """
        words = cycle([self.dialect.typing(sender.seat.room, on=on) for on in (True, False)])
        self.count -= self.window  # the first ones answer nothing

        def say() -> None:
            self.count += 1
            sender.wire.send(next(words))

        return say

    def fan_out(self) -> None:
        """The first socket speaks to all others, `window` frames ahead of the last one."""
        speaker, *listeners = self.clients
        words = [self.dialect.typing(speaker.seat.room, on=on) for on in (True, False)]
        said = 0

        def hear() -> None:
            nonlocal said
            self.count += 1
            if self.count >= (said - self.window + 1) * len(listeners):
                said += 1
                speaker.wire.send(words[said & 1])

        for listener in listeners:
            listener.on_delivery = hear
        for _ in range(self.window):
            said += 1
            speaker.wire.send(words[said & 1])

    def storing(self) -> None:
        """Every socket keeps `window` messages unacknowledged."""
        for client in self.clients:
            send = self.sender(client)
            client.on_ack = send
            for _ in range(self.window):
                send(b"")

    def sender(self, client: Client) -> Callable[[bytes], None]:
        self.count -= self.window

        def send(ack: bytes) -> None:
            self.count += 1
            client.wire.send(self.dialect.send(client.seat.room, self.number(), BODY))

        return send

    def storing_at_a_rate(self) -> None:
        for client in self.clients:
            client.on_ack = self.note

    def note(self, ack: bytes) -> None:
        number = self.dialect.number_of(ack)
        self.waited[number] = (time.perf_counter() - self.sent[number]) * 1000

    async def at_rate(self, seconds: float) -> dict[str, Any]:
        """`rate` messages a second, whatever the server does; how long each waited for its acknowledgement, in ms."""
        self.sent, self.waited = {}, {}
        began = time.perf_counter()
        for turn in range(int(seconds * self.rate)):
            await asyncio.sleep(began + turn / self.rate - time.perf_counter())
            number, client = self.number(), self.clients[turn % len(self.clients)]
            self.sent[number] = time.perf_counter()
            client.wire.send(self.dialect.send(client.seat.room, number, BODY))
        await asyncio.sleep(GRACE_SECONDS)
        if missing := len(self.sent) - len(self.waited):
            raise ConnectionError(f"{missing} messages were not acknowledged")
        return {"count": len(self.sent), "seconds": seconds, "waited": list(self.waited.values())}


async def serve() -> None:
    loop = asyncio.get_running_loop()
    job = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    load = Load(job)
    acts = {"connect": load.connect, "warm": load.warm, "act": load.act}
    print("{}", flush=True)
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        print(json.dumps(await acts[word]()), flush=True)
    for client in load.clients:
        client.wire.transport.abort()


if __name__ == "__main__":
    uvloop.run(serve())
