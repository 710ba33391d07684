"""A chat client in a page: an outbox that survives, resuming after every pause, and filling of holes.

    pip install websockets httpx
    python examples/chat_client.py http://127.0.0.1:8000 ana@demo.alliv.test alliv-demo-2026

It says what it hears and sends each line you type to your most recent conversation; where it cannot begin it says why and
ends with 2. The rules it keeps are in docs/chat-protocol.md; everything a client has to do is in this file, and
`manage.py drill chat_faults` is what it goes through.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

PASSING = {"busy", "unavailable", "rate_limited", "internal"}  # errors that go away by themselves
FINAL = {4401, 4403}  # close codes after which coming back is of no use
TOO_FAST = 4429
TICK_SECONDS = 0.5


class SignedIn(httpx.Auth):
    """Access tokens last 15 minutes; the refresh token buys the next pair, once."""

    requires_response_body = True

    def __init__(self, site: str, tokens: dict[str, str]) -> None:
        self.site, self.tokens = site, tokens

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self.tokens['access']}"
        answer = yield request
        if answer.status_code == 401 and answer.json()["code"] == "token_expired":
            renewed = yield httpx.Request("POST", f"{self.site}/api/auth/refresh", json={"refresh": self.tokens["refresh"]})
            if renewed.status_code == 200:
                self.tokens = renewed.json()
                request.headers["Authorization"] = f"Bearer {self.tokens['access']}"
                yield request


class ChatClient:
    """`messages` holds what was said, by id. `seqs` says of every room up to where nothing is missing, `marks` how far both have read."""

    def __init__(self, api: httpx.AsyncClient, outbox: Path) -> None:
        self.api = api
        self.outbox_file = outbox
        self.outbox: dict[str, dict[str, str]] = json.loads(outbox.read_text()) if outbox.exists() else {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.seqs: dict[str, int] = {}
        self.marks: dict[str, dict[str, int]] = {}
        self.member = ""
        self.socket: ClientConnection | None = None
        self.in_flight: dict[str, str] = {}
        self.put_off: dict[str, float] = {}
        self.early: dict[str, set[int]] = {}
        self.holes: dict[str, float] = {}
        self.seen: dict[str, int] = {}
        self.heartbeat = 15.0
        self.tries = self.refusals = self.close_code = 0

    # --- Sending ---

    async def send(self, room: str, body: str) -> str:
        """Keeps the message before it leaves: from now on it will arrive, once, whatever happens."""
        client_id = str(uuid4())
        self.outbox[client_id] = {"room": room, "body": body.strip()}
        self.keep_outbox()
        await self.flush(room)
        return client_id

    async def flush(self, room: str) -> None:
        """Says the room's oldest message that waits. One at a time: so their order outlives whatever is refused or lost between them."""
        waiting = next((client_id for client_id, message in self.outbox.items() if message["room"] == room), None)
        if self.socket is not None and waiting and room not in self.in_flight:
            self.in_flight[room] = waiting
            await self.say("send", client_id=waiting, **self.outbox[waiting])

    async def read(self, room: str) -> None:
        """Everything that is here was seen. What is said while nobody listens is said again."""
        self.seen[room] = self.seqs[room]
        if self.socket is not None:
            await self.say_seen(room)

    async def say_seen(self, room: str) -> None:
        await self.say("read", room=room, seq=self.seen[room])
        self.mark(room, "mine", self.seen[room])

    async def say(self, kind: str, **fields: Any) -> None:
        """A lost connection is no error here: what matters waits in the outbox."""
        try:
            if self.socket is not None:
                await self.socket.send(json.dumps({"type": kind, **fields}, ensure_ascii=False))
        except ConnectionClosed:
            pass

    async def settle(self, client_id: str) -> None:
        """It is stored, or never will be: the next one may leave."""
        message = self.outbox.pop(client_id, None)
        if message is not None:
            self.keep_outbox()
            self.refusals = 0
            if self.in_flight.get(message["room"]) == client_id:
                del self.in_flight[message["room"]]
            await self.flush(message["room"])

    def keep_outbox(self) -> None:
        """Written beside and then renamed: a crash leaves the old outbox or the new one."""
        beside = self.outbox_file.with_suffix(".new")
        beside.write_text(json.dumps(self.outbox))
        beside.replace(self.outbox_file)

    # --- Being connected ---

    async def run(self) -> None:
        """Connects for ever; returns when the server says that it is of no use."""
        while True:
            self.close_code = 0
            try:
                async with connect(await self.address(), compression=None, max_size=None) as socket:
                    await self.converse(socket)
            except httpx.HTTPStatusError as refused:
                if refused.response.status_code in (401, 403):
                    return
            except ConnectionClosed as closed:
                self.close_code = closed.rcvd.code if closed.rcvd else 0
                if self.close_code in FINAL:
                    return
            except (OSError, httpx.HTTPError, InvalidHandshake, TimeoutError):
                pass
            finally:
                self.socket = None
            await asyncio.sleep(backoff(self.tries) + (10 if self.close_code == TOO_FAST else 0))
            self.tries += 1

    async def address(self) -> str:
        answer = await self.api.post("/api/chat/ticket")
        answer.raise_for_status()
        return f"{str(self.api.base_url).replace('http', 'ws', 1).rstrip('/')}/ws/chat?ticket={answer.json()['ticket']}"

    async def converse(self, socket: ClientConnection) -> None:
        """Hears until the connection ends. Silence for two heartbeats is an end as well."""
        self.in_flight, self.put_off, self.early, self.holes = {}, {}, {}, {}
        heard = looked = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(TICK_SECONDS):
                    text = await socket.recv()
                heard = time.monotonic()
                await self.hear(json.loads(text), socket)
            except TimeoutError:
                if time.monotonic() - heard > 2 * self.heartbeat + 5:
                    raise
            if time.monotonic() - looked > TICK_SECONDS:
                looked = time.monotonic()
                await self.look_after(looked)

    async def look_after(self, now: float) -> None:
        """Fills the holes that did not close by themselves, and says again what was put off."""
        for room in [room for room, since in self.holes.items() if now - since > TICK_SECONDS]:
            await self.fill(room)
        for room in [room for room, when in self.put_off.items() if when <= now]:
            del self.put_off[room]
            self.in_flight.pop(room, None)
            await self.flush(room)

    # --- Hearing ---

    async def hear(self, frame: dict[str, Any], socket: ClientConnection) -> None:
        match frame:
            case {"type": "hello", "heartbeat": heartbeat, "member": member, "rooms": rooms}:
                self.heartbeat, self.member = heartbeat, member
                self.marks = {room: {"mine": told["read_seq"], "theirs": told["peer_read_seq"]} for room, told in rooms.items()}
                await socket.send(json.dumps({"type": "resume", "rooms": {room: self.seqs.get(room, 0) for room in rooms}}))
            case {"type": "resumed", "rooms": heads}:
                for room, head in heads.items():
                    self.advance(room, head)
                self.socket, self.tries = socket, 0
                for room in heads.keys() & self.seen.keys():
                    if self.seen[room] > self.marks[room]["mine"]:
                        await self.say_seen(room)
                for room in {message["room"] for message in self.outbox.values()}:
                    await self.flush(room)
            case {"type": "message"}:
                self.take({name: value for name, value in frame.items() if name not in ("type", "request_id")})
                self.hear_seq(frame["room"], frame["seq"])
                await self.settle(frame["client_id"])
            case {"type": "ack", "client_id": client_id}:
                if client_id in self.outbox:
                    self.take(self.own(frame))
                self.hear_seq(frame["room"], frame["seq"])
                await self.settle(client_id)
            case {"type": "heartbeat", "rooms": heads}:
                for room, head in heads.items():
                    if head > self.seqs.get(room, 0):
                        self.holes.setdefault(room, time.monotonic())
            case {"type": "gap", "room": room}:
                await self.fill(room)
            case {"type": "read", "room": room, "member": member, "seq": seq}:
                self.mark(room, "mine" if member == self.member else "theirs", seq)
            case {"type": "match", "room": room}:
                self.seqs.setdefault(room, 0)
            case {"type": "room_closed", "room": room}:
                self.seqs.pop(room, None)
            case {"type": "error", "client_id": client_id, "code": code} if code in PASSING:
                if client_id in self.outbox:
                    self.put_off[self.outbox[client_id]["room"]] = time.monotonic() + 0.5 + backoff(self.refusals)
                    self.refusals = min(self.refusals + 1, 2)
            case {"type": "error", "code": code, "detail": detail}:
                self.show(f"refused ({code}): {detail}")
                await self.settle(frame.get("client_id", ""))

    def own(self, ack: dict[str, Any]) -> dict[str, Any]:
        """A message of one's own as everybody else hears it: the socket that sent it hears nothing but the ack."""
        stored = {name: ack[name] for name in ("room", "id", "seq", "client_id", "created_at")}
        body = self.outbox[ack["client_id"]]["body"]
        unchanged = {"photo": None, "edited_at": None, "deleted": False}
        return {**stored, "position": ack["seq"], "sender": self.member, "body": body, **unchanged}

    def take(self, message: dict[str, Any]) -> None:
        """Of two states of one message the higher seq wins, so order and doubles do not matter."""
        known = self.messages.get(message["id"])
        if known is None or known["seq"] < message["seq"]:
            self.messages[message["id"]] = message
            self.show(f"{message['sender'][-4:]}: {'(deleted)' if message['deleted'] else message['body']}")

    def mark(self, room: str, whose: str, seq: int) -> None:
        marks = self.marks.setdefault(room, {"mine": 0, "theirs": 0})
        marks[whose] = max(marks[whose], seq)

    def hear_seq(self, room: str, seq: int) -> None:
        """An ack may overtake the messages in front of it, so a hole gets a moment to close. Before `resumed` more is on its way."""
        if self.socket is not None and seq > self.seqs.get(room, 0):
            self.early.setdefault(room, set()).add(seq)
            self.advance(room, self.seqs.get(room, 0))

    def advance(self, room: str, seq: int) -> None:
        """Nothing up to `seq` is missing, nor what was heard right behind it."""
        self.seqs[room] = max(seq, self.seqs.get(room, 0))
        early = {ahead for ahead in self.early.get(room, ()) if ahead > self.seqs[room]}
        while self.seqs[room] + 1 in early:
            self.seqs[room] += 1
            early.remove(self.seqs[room])
        self.early[room] = early
        if early:
            self.holes.setdefault(room, time.monotonic())
        else:
            self.holes.pop(room, None)

    async def fill(self, room: str) -> None:
        """Fetches what is missing by REST. A server that cannot tell now ends the connection: the next one resumes."""
        more, after = True, self.seqs.get(room, 0)
        while more:
            answer = await self.api.get(f"/api/chat/rooms/{room}/messages", params={"after": after, "limit": 100})
            if answer.status_code == 404:  # closed; `room_closed` is on its way
                self.holes.pop(room, None)
                return
            answer.raise_for_status()
            page = answer.json()
            for message in page["results"]:
                self.take(message)
                await self.settle(message["client_id"])
                after = message["seq"]
            more = page["has_more"]
        self.advance(room, max(after, page["head"]))

    def show(self, text: str) -> None:
        print(text, flush=True)


def backoff(tries: int) -> float:
    """Seconds to wait: longer each time, and by chance, so that a thousand clients do not come back at once."""
    return random.uniform(0, min(30.0, 0.5 * 2**tries))


async def sign_in(api: httpx.AsyncClient, email: str, password: str) -> dict[str, Any]:
    """The tokens. What stands in the way ends the program with one line and 2."""
    try:
        answer = await api.post("/api/auth/login", json={"email": email, "password": password})
        said: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        give_up(f"{api.base_url} does not answer as Alliv does: {error}")
    if answer.is_error:
        give_up(f"{said['code']}: {said['detail']}")
    return said


def give_up(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    sys.exit(2)


async def main(site: str, email: str, password: str) -> None:
    async with httpx.AsyncClient(base_url=site, timeout=20) as api:
        api.auth = SignedIn(site, await sign_in(api, email, password))
        rooms = (await api.get("/api/chat/rooms", params={"limit": 1})).json()["results"]
        if not rooms:
            give_up("You have no conversation yet: it begins with a match.")
        client = ChatClient(api, Path(f"outbox-{email}.json"))
        running = asyncio.create_task(client.run())
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                await client.send(rooms[0]["id"], line)
        await running


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:4]))
