"""Who may not hear a conversation is refused every frame, and put out of it within two seconds, in one process and in another."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed

from accounts import services as accounts
from accounts import sessions
from accounts.models import Session
from accounts.moderation import services as moderation
from chat import frames, post, services, writer
from chat.models import Message
from chat.tests.cast import Cast, close_account
from chat.tests.server import Chat, serving, serving_process
from matching import services as matching

pytestmark = pytest.mark.integration
SOON = 2.0
ALONE = os.environ.get("ALLIV_TEST_SERVICES") == "none"


def as_long_as(fixture_name: str, config: object) -> str:
    """Processes serve all tests; a server in this one stands in the way of emptying SQLite between them."""
    return "function" if ALONE else "module"


@pytest.fixture(scope=as_long_as)
def doors(django_db_setup: None, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Two serving processes; where there is no Redis, one server twice."""
    if ALONE:
        request.getfixturevalue("transactional_db")
    with ExitStack() as stack:
        if ALONE:
            yield [stack.enter_context(serving())] * 2
        else:
            yield [stack.enter_context(serving_process())[0] for _ in range(2)]


@pytest.fixture(autouse=True)
def _stopped(transactional_db: None) -> Iterator[None]:
    """What this process wrote with ends while the database may still be asked."""
    yield
    writer.stop()
    post.stop()


def contents(cast: Cast, message: str) -> dict[str, dict[str, Any]]:
    """A right frame of every type that names a room."""
    return {
        "send": {"room": cast.room, "client_id": uuid4(), "body": "let me in"},
        "edit": {"room": cast.room, "id": message, "body": "changed"},
        "delete": {"room": cast.room, "id": message},
        "read": {"room": cast.room, "seq": 1},
        "typing": {"room": cast.room, "on": True},
        "resume": {"rooms": {str(cast.room): 0}},
    }


def test_every_type_of_frame_is_tried(live_cast: Cast) -> None:
    assert {*contents(live_cast, ""), "ping"} == set(frames.CLIENT_FRAMES)


def say_something(cast: Cast) -> str:
    return services.send_message(cast.ana.member, cast.room, client_id=uuid4(), body="secret").message["id"]


def refused_for_everything(chat: Chat, cast: Cast, message: str) -> None:
    for kind, fields in contents(cast, message).items():
        chat.say(kind, **fields)
        if kind == "resume":
            assert chat.hear("room_closed", "message")["room"] == str(cast.room)
            assert chat.hear("resumed", "message")["rooms"] == {}
        else:
            answer = chat.hear("error", "ack", "message", "read")
            assert (kind, answer["type"], answer.get("code")) == (kind, "error", "not_found")


def unmatched(cast: Cast) -> None:
    matching.unmatch(cast.ben.member, cast.room)


def blocked(cast: Cast) -> None:
    accounts.block(cast.ben.member, cast.ana.id)


def blocking(cast: Cast) -> None:
    accounts.block(cast.ana.member, cast.ben.id)


def peer_suspended(cast: Cast) -> None:
    moderation.suspend(cast.ben.member, actor=cast.sam.member, until=None, note="Seen it.")


def peer_deleted(cast: Cast) -> None:
    close_account(cast.ben)


@pytest.mark.parametrize("end", [unmatched, blocked, blocking, peer_suspended, peer_deleted])
def test_whose_room_has_ended(doors: list[str], live_cast: Cast, end: Callable[[Cast], None]) -> None:
    message = say_something(live_cast)
    with Chat(doors[0], live_cast.ana) as here, Chat(doors[1], live_cast.ana) as there:
        here.enter(), there.enter()
        end(live_cast)
        for chat in (here, there):
            chat.hear("room_closed", patience=SOON)
            refused_for_everything(chat, live_cast, message)
            chat.hears_nothing("message", "typing", "read", "presence", within=0.05)
        with Chat(doors[1], live_cast.ana) as later:
            assert later.enter()["rooms"] == {}
            refused_for_everything(later, live_cast, message)
    assert set(Message.objects.values_list("body", flat=True)) <= {"secret"}


def test_who_was_never_inside(doors: list[str], live_cast: Cast) -> None:
    message = say_something(live_cast)
    for door in doors:
        with Chat(door, live_cast.cleo) as cleo:
            assert cleo.enter()["rooms"] == {}
            refused_for_everything(cleo, live_cast, message)
    assert Message.objects.get().body == "secret"


def signed_out(cast: Cast) -> None:
    sessions.end(Session.objects.filter(pk=cast.ana.session.pk), cast.ana.id)


def signed_out_everywhere(cast: Cast) -> None:
    accounts.log_out_everywhere(cast.ana.member)


def password_changed(cast: Cast) -> None:
    """From another of her sessions, which stays."""
    cast.ana.member.set_password("a long first password")
    cast.ana.member.save()
    other = sessions.begin(cast.ana.member, Session.Kind.TOKEN, "phone")
    accounts.change_password(cast.ana.member, old="a long first password", new="a long second password", keep=other)


def suspended(cast: Cast) -> None:
    moderation.suspend(cast.ana.member, actor=cast.sam.member, until=None, note="Seen it.")


def deleted(cast: Cast) -> None:
    close_account(cast.ana)


@pytest.mark.parametrize("end", [signed_out, signed_out_everywhere, password_changed, suspended, deleted])
def test_whose_access_has_ended(doors: list[str], live_cast: Cast, end: Callable[[Cast], None]) -> None:
    message, ticket = say_something(live_cast), live_cast.ana.ticket()
    with Chat(doors[0], live_cast.ana) as here, Chat(doors[1], live_cast.ana) as there:
        here.enter(), there.enter()
        end(live_cast)
        for chat in (here, there):
            assert chat.code(patience=SOON) == 4401
    for kind, fields in contents(live_cast, message).items():
        with Chat(doors[0], query=f"?ticket={ticket}") as late:
            with suppress(ConnectionClosed):  # refused before it is said
                late.say(kind, **fields)
            assert late.code() == 4401, kind
            assert late.heard == []
    assert set(Message.objects.values_list("body", flat=True)) <= {"secret"}
