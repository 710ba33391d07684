"""A world of its own to break: PostgreSQL, Valkey, an emulator of MongoDB if it is wanted, two serving processes behind one address,
and people who talk.

The people use the client that is shown to others, `examples/chat_client.py`.
"""

import asyncio
import importlib.util
import socket
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
import psycopg
import pymongo
from django.conf import settings

from ops import scratch

CHUNK = 65_536


@dataclass
class World(scratch.Installation):
    cast: list[dict[str, Any]] = field(default_factory=list)
    mongodb: scratch.Emulator | None = None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says, without a word of ours in between."""
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(query).fetchall()

    def messages(self) -> "list[Stored]":
        """Likewise, wherever they are."""
        if self.mongodb is None:
            return [Stored(*row) for row in self.rows(MESSAGES)]
        with pymongo.MongoClient[dict[str, Any]](self.mongodb.url) as client:
            return [as_stored(document) for document in client.get_default_database()["chat_message"].find()]


MESSAGES = """SELECT room_id::text, _id::text, seq, position, sender_id::text, client_id::text, body, deleted_at IS NOT NULL
    FROM chat_message"""


class Stored(NamedTuple):
    """A message. Its fields are called as in a frame."""

    room: str
    id: str
    seq: int
    position: int
    sender: str
    client_id: str
    body: str
    deleted: bool


def as_stored(document: dict[str, Any]) -> Stored:
    room, key, sender, client_id = (str(UUID(document[name])) for name in ("room_id", "_id", "sender_id", "client_id"))
    return Stored(room, key, document["seq"], document["position"], sender, client_id, document["body"], document["deleted_at"] is not None)


@contextmanager
def world(pairs: int, processes: int, *, with_mongodb: bool = False, **more: str) -> Iterator[World]:
    with ExitStack() as stack:
        mongodb = stack.enter_context(emulator()) if with_mongodb else None
        log = {"CHAT_DATABASE_URL": mongodb.url, "MONGO_TIMEOUT": "1"} if mongodb else {}
        here = stack.enter_context(scratch.installation(processes, **log, **more))
        yield World(**vars(here), cast=here.tell(f"chat.drills.cast.people({pairs})"), mongodb=mongodb)


@contextmanager
def emulator() -> Iterator[scratch.Emulator]:
    with tempfile.TemporaryDirectory(prefix="alliv-drill-", ignore_cleanup_errors=True) as folder:
        mongodb = scratch.Emulator(Path(folder) / "mongodb")
        try:
            yield mongodb
        finally:
            mongodb.stop()


# --- One address for all processes ---


class Balancer:
    """Hands each connection to the next process that takes it. While `moving` is not set, nothing comes back from there."""

    def __init__(self, processes: list[scratch.Serving], buffer: int) -> None:
        self.ports = [process.port for process in processes]
        self.buffer = buffer
        self.moving, self.always = asyncio.Event(), asyncio.Event()
        self.moving.set()
        self.always.set()
        self.tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        with suppress(OSError, asyncio.CancelledError):
            there, back = await self.next_one()
            await asyncio.gather(pour(reader, back, self.always), pour(there, writer, self.moving))
        writer.close()

    async def next_one(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in self.ports:
            self.ports.append(self.ports.pop(0))
            with suppress(OSError):
                return await self.connect(self.ports[-1])
        raise ConnectionRefusedError

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer)
        try:
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
        except OSError:
            connection.close()
            raise
        return await asyncio.open_connection(sock=connection)


async def pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter, moving: asyncio.Event) -> None:
    try:
        while chunk := await source.read(CHUNK):
            await moving.wait()
            sink.write(chunk)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


@asynccontextmanager
async def balanced(processes: list[scratch.Serving], buffer: int = CHUNK) -> AsyncIterator[tuple[str, Balancer]]:
    """The address of all processes, and what stands there."""
    balancer = Balancer(processes, buffer)
    server = await asyncio.start_server(balancer.connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", balancer
    finally:
        server.close()
        for task in list(balancer.tasks):
            task.cancel()
        await asyncio.gather(*balancer.tasks, return_exceptions=True)
        await asyncio.sleep(0)  # transports close in the next turn


# --- People ---


@lru_cache(maxsize=1)
def example() -> Any:
    """The module of the client that is shown to others."""
    path = Path(settings.BASE_DIR) / "examples" / "chat_client.py"
    specification = importlib.util.spec_from_file_location("chat_client", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@dataclass
class Talker:
    """Somebody with the client, and when each message was said, left for the server, was acknowledged and heard."""

    member: str
    room: str
    client: Any
    said: dict[str, float] = field(default_factory=dict)
    left: dict[str, float] = field(default_factory=dict)
    acked: dict[str, float] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    last_seqs: tuple[object, int] = (None, 0)
    disorder: int = 0

    def __post_init__(self) -> None:
        self.client.show = lambda text: None
        self.hear, self.client.hear = self.client.hear, self.overhear
        self.take, self.client.take = self.client.take, self.see
        self.leave, self.client.say = self.client.say, self.note_leaving

    async def say(self, body: str) -> None:
        moment = time.monotonic()
        self.said[await self.client.send(self.room, body)] = moment

    async def note_leaving(self, kind: str, **fields: Any) -> None:
        if kind == "send":
            self.left.setdefault(fields["client_id"], time.monotonic())
        await self.leave(kind, **fields)

    async def overhear(self, frame: dict[str, Any], socket: object) -> None:
        self.kinds[frame["type"]] += 1
        if frame["type"] == "ack":
            self.acked.setdefault(frame["client_id"], time.monotonic())
        elif frame["type"] == "message":
            self.check_order(frame, socket)
        await self.hear(frame, socket)

    def check_order(self, frame: dict[str, Any], socket: object) -> None:
        """From `resumed` on, the events of a connection come once and by seq. Before, what is new may overtake what was missed."""
        if self.client.socket is not socket:
            return
        before, last = self.last_seqs
        self.disorder += before is socket and frame["seq"] <= last
        self.last_seqs = (socket, frame["seq"])

    def see(self, message: dict[str, Any]) -> None:
        self.heard.setdefault(message["client_id"], time.monotonic())
        self.take(message)


def talker(person: dict[str, Any], api: httpx.AsyncClient, folder: Path) -> Talker:
    client = example().ChatClient(api, folder / f"outbox-{uuid4()}.json")
    return Talker(person["member"], person["room"], client)


@asynccontextmanager
async def talkers(cast: list[dict[str, Any]], site: str, folder: Path) -> AsyncIterator[list[Talker]]:
    """Everybody, connected."""
    apis = [httpx.AsyncClient(base_url=site, timeout=20, headers={"Authorization": f"Bearer {person['access']}"}) for person in cast]
    everybody = [talker(person, api, folder) for person, api in zip(cast, apis, strict=True)]
    running = [asyncio.create_task(one.client.run()) for one in everybody]
    try:
        await until(lambda: all(one.client.socket is not None for one in everybody), 60)
        yield everybody
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for api in apis:
            await api.aclose()


async def until(true: Any, patience: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.05)
    return True
