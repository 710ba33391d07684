"""A chat client in a page: an outbox that survives, resuming after every pause, and filling of holes.

    pip install websockets httpx
    python examples/chat_client.py http://127.0.0.1:8000 ana@demo.alliv.test alliv-demo-2026

It says what it hears and sends each line you type to your most recent conversation. The rules it keeps are in
docs/chat-protocol.md; everything a client has to do is in this file.
"""

import asyncio
import json
import random
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

PASSING = {"busy", "unavailable", "rate_limited", "internal"}  # errors that go away by themselves
FINAL = {4401, 4403}  # close codes after which coming back is of no use


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
    """`messages` holds what was said, by id. `seqs` says of every room up to where nothing is missing."""

    def __init__(self, api: httpx.AsyncClient, outbox: Path) -> None:
        self.api = api
        self.outbox_file = outbox
        self.outbox: dict[str, dict[str, str]] = json.loads(outbox.read_text()) if outbox.exists() else {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.seqs: dict[str, int] = {}
        self.socket: ClientConnection | None = None
        self.heartbeat = 15
        self.tries = 0

    # --- Sending ---

    async def send(self, room: str, body: str) -> str:
        """Keeps the message before it leaves: from now on it will arrive, once, whatever happens."""
        client_id = str(uuid4())
        self.outbox[client_id] = {"room": room, "body": body}
        self.keep_outbox()
        await self.transmit(client_id)
        return client_id

    async def transmit(self, client_id: str) -> None:
        if self.socket is not None:
            await self.say("send", client_id=client_id, **self.outbox[client_id])

    async def say(self, kind: str, **fields: Any) -> None:
        """A lost connection is no error here: what matters waits in the outbox."""
        try:
            if self.socket is not None:
                await self.socket.send(json.dumps({"type": kind, **fields}, ensure_ascii=False))
        except ConnectionClosed:
            pass

    def settle(self, client_id: str) -> None:
        if self.outbox.pop(client_id, None) is not None:
            self.keep_outbox()

    def keep_outbox(self) -> None:
        """Written beside and then renamed: a crash leaves the old outbox or the new one."""
        beside = self.outbox_file.with_suffix(".new")
        beside.write_text(json.dumps(self.outbox))
        beside.replace(self.outbox_file)

    # --- Being connected ---

    async def run(self) -> None:
        """Connects for ever; returns when the server says that it is of no use."""
        while True:
            try:
                async with connect(await self.address(), compression=None, max_size=None) as socket:
                    await self.converse(socket)
            except (OSError, httpx.HTTPError, InvalidHandshake, TimeoutError):
                pass
            except ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code in FINAL:
                    return
            finally:
                self.socket = None
            await asyncio.sleep(random.uniform(0, min(30, 0.5 * 2**self.tries)))
            self.tries += 1

    async def address(self) -> str:
        answer = await self.api.post("/api/chat/ticket")
        answer.raise_for_status()
        return f"{str(self.api.base_url).replace('http', 'ws', 1).rstrip('/')}/ws/chat?ticket={answer.json()['ticket']}"

    async def converse(self, socket: ClientConnection) -> None:
        """Hears until the connection ends. Silence for two heartbeats is an end as well."""
        while True:
            text = await asyncio.wait_for(socket.recv(), 2 * self.heartbeat + 5)
            await self.hear(json.loads(text), socket)

    # --- Hearing ---

    async def hear(self, frame: dict[str, Any], socket: ClientConnection) -> None:
        match frame:
            case {"type": "hello", "heartbeat": heartbeat, "rooms": rooms}:
                self.heartbeat = heartbeat
                await socket.send(json.dumps({"type": "resume", "rooms": {room: self.seqs.get(room, 0) for room in rooms}}))
            case {"type": "resumed", "rooms": heads}:
                self.seqs.update({room: max(head, self.seqs.get(room, 0)) for room, head in heads.items()})
                self.socket, self.tries = socket, 0
                for client_id in list(self.outbox):
                    await self.transmit(client_id)
            case {"type": "message"}:
                self.take(frame)
                await self.advance(frame["room"], frame["seq"])
            case {"type": "ack", "client_id": client_id, "room": room, "seq": seq}:
                self.settle(client_id)
                await self.advance(room, seq)
            case {"type": "heartbeat", "rooms": heads}:
                for room, head in heads.items():
                    if head > self.seqs.get(room, 0):
                        await self.fill(room)
            case {"type": "gap", "room": room}:
                await self.fill(room)
            case {"type": "match", "room": room}:
                self.seqs.setdefault(room, 0)
            case {"type": "room_closed", "room": room}:
                self.seqs.pop(room, None)
            case {"type": "error", "client_id": client_id, "code": code} if code in PASSING:
                asyncio.get_running_loop().call_later(random.uniform(1, 3), lambda: asyncio.ensure_future(self.retry(client_id)))
            case {"type": "error", "code": code, "detail": detail}:
                self.settle(frame.get("client_id", ""))
                self.show(f"refused ({code}): {detail}")

    async def retry(self, client_id: str) -> None:
        if client_id in self.outbox:
            await self.transmit(client_id)

    def take(self, message: dict[str, Any]) -> None:
        """Of two states of one message the higher seq wins, so order and doubles do not matter."""
        known = self.messages.get(message["id"])
        if known is None or known["seq"] < message["seq"]:
            self.messages[message["id"]] = message
            self.settle(message["client_id"])
            self.show(f"{message['sender'][-4:]}: {'(deleted)' if message['deleted'] else message['body']}")

    async def advance(self, room: str, seq: int) -> None:
        known = self.seqs.get(room, 0)
        if seq == known + 1:
            self.seqs[room] = seq
        elif seq > known + 1 and self.socket is not None:  # before `resumed` more is on its way
            await self.fill(room)

    async def fill(self, room: str) -> None:
        """Fetches what is missing by REST."""
        more, after = True, self.seqs.get(room, 0)
        while more:
            answer = await self.api.get(f"/api/chat/rooms/{room}/messages", params={"after": after, "limit": 100})
            if answer.status_code != 200:
                return
            page = answer.json()
            for message in page["results"]:
                self.take(message)
                after = message["seq"]
            more = page["has_more"]
            self.seqs[room] = max(after, 0 if more else page["head"], self.seqs.get(room, 0))

    def show(self, text: str) -> None:
        print(text, flush=True)


async def main(site: str, email: str, password: str) -> None:
    async with httpx.AsyncClient(base_url=site, timeout=20) as api:
        signed_in = await api.post("/api/auth/login", json={"email": email, "password": password})
        signed_in.raise_for_status()
        api.auth = SignedIn(site, signed_in.json())
        rooms = (await api.get("/api/chat/rooms")).json()["results"]
        client = ChatClient(api, Path(f"outbox-{email}.json"))
        running = asyncio.create_task(client.run())
        while rooms and (line := await asyncio.to_thread(sys.stdin.readline)):
            await client.send(rooms[0]["id"], line.strip())
        await running


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:4]))
