"""A real server on a free port, in a thread of the test's process or in processes of its own, and a client that waits for frames."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import uvicorn
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.db import connections
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from chat import hub, post, writer
from chat.routing import websocket_urlpatterns
from chat.tests.cast import Person
from ops.scratch import free_port
from tests.patience import patient

PATIENCE = 5.0


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    while (event := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{event['type']}.complete"})
    await hub.shutdown()
    await send({"type": "lifespan.shutdown.complete"})


def application() -> Any:
    return ProtocolTypeRouter(
        {"http": ASGIStaticFilesHandler(get_asgi_application()), "websocket": URLRouter(websocket_urlpatterns), "lifespan": lifespan}
    )


def config(port: int) -> uvicorn.Config:
    options = {
        "log_config": None,
        "access_log": False,
        "ws_per_message_deflate": False,
        "ws": "ops.websockets:DecidedProtocol",
        "ws_max_size": 65_536,
    }
    return uvicorn.Config(application(), port=port, **options)


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """The address of a server in a thread, such as 127.0.0.1:40123."""
    port = port or free_port()
    server = uvicorn.Server(config(port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
        writer.stop()
        post.stop()
        connections.close_all()
        assert not thread.is_alive(), "the server did not stop"


@contextmanager
def serving_process() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A server of its own process on the test's databases."""
    port = free_port()
    names = {place: str(connections[place].settings_dict["NAME"]) for place in connections}
    environment = {**os.environ, "CHAT_TEST_DATABASES": json.dumps(names)}
    process = subprocess.Popen([sys.executable, "-m", "chat.tests.process", str(port)], env=environment)
    try:
        wait_until(lambda: is_listening(port), 20)
        yield f"127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(10)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(true: Any, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patient(patience)
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


class Chat:
    """One socket as a client sees it: frames are waited for by their type, whatever comes between."""

    def __init__(self, address: str, person: Person | None = None, query: str | None = None, **options: Any) -> None:
        query = query if query is not None else (f"?ticket={person.ticket()}" if person else "")
        options = {"max_size": None, "max_queue": None, "compression": None, "open_timeout": patient(10), **options}
        self.connection = connect(f"ws://{address}/ws/chat{query}", **options)
        self.heard: list[dict[str, Any]] = []

    def __enter__(self) -> "Chat":
        self.socket = self.connection.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.connection.__exit__(*error)

    def enter(self) -> dict[str, Any]:
        return self.hear("hello")

    def say(self, kind: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}, default=str, ensure_ascii=False))

    def send(self, room: UUID, body: str, client_id: UUID | None = None) -> UUID:
        client_id = client_id or uuid4()
        self.say("send", room=room, client_id=client_id, body=body)
        return client_id

    def hear(self, *kinds: str, patience: float = PATIENCE, **having: Any) -> dict[str, Any]:
        """The next frame of one of these types with these fields; what came before is forgotten."""
        wanted = {name: str(value) if isinstance(value, UUID) else value for name, value in having.items()}
        end = time.monotonic() + patient(patience)
        while True:
            frame = self.next(end - time.monotonic())
            if frame["type"] in kinds and wanted.items() <= frame.items():
                return frame

    def next(self, patience: float) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.socket.recv(timeout=max(0.01, patience)))
        self.heard.append(frame)
        return frame

    def hears_nothing(self, *kinds: str, within: float = 0.5) -> None:
        end = time.monotonic() + within
        while time.monotonic() < end:
            try:
                frame = self.next(end - time.monotonic())
            except TimeoutError:
                return
            assert frame["type"] not in kinds, frame

    def code(self, patience: float = PATIENCE) -> int:
        """The code the server closes with."""
        end = time.monotonic() + patient(patience)
        try:
            while True:
                self.next(end - time.monotonic())
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
