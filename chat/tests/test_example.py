"""The example client does what the protocol page asks for, against a server that restarts under it."""

import asyncio
import importlib.util
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth.hashers import make_password

from accounts.models import Member
from chat import services
from chat.frames import Delete, Send
from chat.log import Change, commit, show_all
from chat.models import Membership, Message
from chat.tests.cast import Cast, Person
from chat.tests.server import serving, wait_until
from ops.scratch import free_port
from tests.factories import PASSWORD
from tests.patience import patient

pytestmark = [pytest.mark.integration, pytest.mark.slow]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "chat_client.py"
specification = importlib.util.spec_from_file_location("chat_client", EXAMPLE)
assert specification is not None
assert specification.loader is not None
chat_client = importlib.util.module_from_spec(specification)
specification.loader.exec_module(chat_client)


class Running:
    """The client on a loop of its own thread."""

    def __init__(self, site: str, who: Person, outbox: Path) -> None:
        self.site, self.who, self.outbox = site, who, outbox
        self.started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()), daemon=True)
        self.thread.start()
        assert self.started.wait(5)

    async def run(self) -> None:
        self.loop, self.stopping = asyncio.get_running_loop(), asyncio.Event()
        async with httpx.AsyncClient(base_url=self.site, headers=self.who.headers) as api:
            self.client: Any = chat_client.ChatClient(api, self.outbox)
            self.client.show = lambda text: None
            task = asyncio.create_task(self.client.run())
            self.started.set()
            await self.stopping.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def send(self, room: object, body: str) -> None:
        self.do("send", str(room), body)

    def do(self, name: str, *args: Any, **fields: Any) -> None:
        asyncio.run_coroutine_threadsafe(getattr(self.client, name)(*args, **fields), self.loop).result(5)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(5)


@contextmanager
def running(address: str, who: Person, outbox: Path) -> Iterator[Running]:
    one = Running(f"http://{address}", who, outbox)
    try:
        yield one
    finally:
        one.stop()


def log_of(cast: Cast) -> list[dict[str, Any]]:
    return [dict(message) for message in show_all(list(Message.objects.filter(room_id=cast.room).order_by("position")))]


def heard_by(one: Running) -> list[dict[str, Any]]:
    return sorted(one.client.messages.values(), key=lambda message: message["position"])


def test_it_keeps_up_through_restarts(live_cast: Cast, tmp_path: Path) -> None:
    port, room = free_port(), live_cast.room
    address = f"127.0.0.1:{port}"
    with running(address, live_cast.ana, tmp_path / "ana.json") as ana, running(address, live_cast.ben, tmp_path / "ben.json") as ben:
        ana.send(room, "before there is a server")
        assert len(json.loads((tmp_path / "ana.json").read_text())) == 1
        with serving(port):
            wait_until(lambda: len(ben.client.messages) == 1, 20)
            for number in range(10):
                ana.send(room, f"ana {number}")
                ben.send(room, f"ben {number}")
            for one in (ana, ben):
                wait_until(lambda: one.client.seqs.get(str(room)) == 21 and not one.client.outbox)  # noqa: B023
        ana.send(room, "between servers")
        services.send_message(live_cast.ben.member, room, client_id=uuid4(), body="by REST")
        gone = Message.objects.order_by("position").first()
        assert gone is not None
        commit([Change(gone.sender_id, Delete(room, gone.pk))])
        commit([Change(live_cast.ben.id, Send(room, uuid4(), str(number))) for number in range(510)])
        with serving(port):
            wait_until(lambda: ana.client.seqs.get(str(room)) == 534 and not ana.client.outbox, 40)
            wait_until(lambda: ben.client.seqs.get(str(room)) == 534, 40)
            assert Message.objects.count() == 533
            assert log_of(live_cast) == heard_by(ana) == heard_by(ben)
            assert json.loads((tmp_path / "ana.json").read_text()) == {}


def test_an_outbox_is_found_after_a_crash(live_cast: Cast, tmp_path: Path) -> None:
    port = free_port()
    with running(f"127.0.0.1:{port}", live_cast.ana, tmp_path / "outbox.json") as ana:
        ana.send(live_cast.room, "kept")
    with serving(port) as address, running(address, live_cast.ana, tmp_path / "outbox.json"):
        wait_until(lambda: Message.objects.filter(body="kept").count() == 1)


# --- As a program ---


class Typist:
    """A keyboard: some lines, and then nothing until whoever typed them is `gone`."""

    def __init__(self, *lines: str) -> None:
        self.lines, self.gone = iter(lines), threading.Event()

    def readline(self) -> str:
        for line in self.lines:
            return line
        self.gone.wait(patient(20))
        raise EOFError


@pytest.fixture
def keyboard(live_cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typist:
    """Everybody has the password, and the outbox lies somewhere of its own."""
    Member.objects.update(password=make_password(PASSWORD))
    monkeypatch.chdir(tmp_path)
    typist = Typist("\n", "   \n", "hello\n")
    monkeypatch.setattr("sys.stdin", typist)
    return typist


def start(address: str, who: Person, password: str = PASSWORD) -> None:
    asyncio.run(chat_client.main(f"http://{address}", who.member.email, password))


def given_up(capsys: Any, *args: Any) -> str:
    """The one line with which the program ends."""
    with pytest.raises(SystemExit) as ended:
        start(*args)
    told = capsys.readouterr().err
    assert (ended.value.code, told.count("\n")) == (2, 1)
    return str(told)


def test_what_is_typed_is_sent_and_an_empty_line_is_not(live_cast: Cast, server: str, keyboard: Typist, capsys: Any) -> None:
    with ThreadPoolExecutor() as pool:
        program = pool.submit(start, server, live_cast.ana)
        try:
            wait_until(lambda: program.done() or Message.objects.exists())
        finally:
            keyboard.gone.set()
        assert isinstance(program.exception(), EOFError)
    assert [message.body for message in Message.objects.all()] == ["hello"]
    assert "refused" not in capsys.readouterr().out


def test_who_has_no_conversation_is_told(live_cast: Cast, server: str, keyboard: Typist, capsys: Any) -> None:
    assert given_up(capsys, server, live_cast.cleo).startswith("You have no conversation yet")


def test_a_wrong_password_is_told(live_cast: Cast, server: str, keyboard: Typist, capsys: Any) -> None:
    assert given_up(capsys, server, live_cast.ana, "wrong").startswith("invalid_credentials: ")


def test_a_server_that_is_none_is_told(live_cast: Cast, capsys: Any) -> None:
    assert "does not answer" in given_up(capsys, f"127.0.0.1:{free_port()}", live_cast.ana)


def test_a_read_mark_that_nobody_heard_is_said_again(server: str, live_cast: Cast, tmp_path: Path) -> None:
    """It was said between `hello` and `resumed`, or into a connection that was dead already."""
    commit([Change(live_cast.ben.id, Send(live_cast.room, uuid4(), "hi"))])
    room, one = str(live_cast.room), Running(f"http://{server}", live_cast.ana, tmp_path / "outbox.json")
    try:
        wait_until(lambda: one.client.socket is not None and one.client.seqs.get(room) == 1)
        alive, one.client.socket = one.client.socket, None
        one.do("read", room)
        asyncio.run_coroutine_threadsafe(alive.close(), one.loop).result(5)
        wait_until(lambda: Membership.objects.get(room=live_cast.room, member=live_cast.ana.id).read_seq == 1)
    finally:
        one.stop()
