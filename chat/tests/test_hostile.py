"""A client that means harm: whatever it says is answered or ends its own connection, breaks nothing and is no failure of ours in the log."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed

from chat import frames, limits
from chat.models import Message
from chat.tests.cast import Cast
from chat.tests.server import Chat

pytestmark = pytest.mark.integration
ROOM, HALF = "<room>", "\\ud800"
SEND = '{"type":"send","room":"<room>","client_id":"4b1f0d3e-6a0c-4f7e-9a3b-0d5b7c1e2f30","body":%s}'
NONSENSE = [
    *("", " ", "{", "}", "null", "true", "7", '"x"', "[]", "[{}]", "{} {}", "{}{}", "\x00", "\ufeff{}", "{'type':'ping'}", '{"type":"ping",}'),
    *("[" * 16_000, '{"type":' * 2000, "[" * 8000 + "]" * 8000, '{"a":' * 2500 + "1" + "}" * 2500, "NaN", "-Infinity", "1" * 16_000),
    *('{"type":NaN}', '{"type":null}', '{"type":["ping"]}', '{"type":{}}', '{"type":"PING"}', '{"type":"ping\\u0000"}', f'{{"type":"{HALF}"}}'),
    *('{"type":"ping","":1}', f'{{"type":"ping","{HALF}":1}}', '{"type":"ping","type":"dance"}', '{"type":"ping","x":1e999}'),
    *(SEND % body for body in ("null", "1", "true", "[]", "{}", '""', '" "', '"\\u0000"', f'"{HALF}"', '"a\\u0000b"', '"' + "x" * 4001 + '"')),
    *(f'{{"type":"read","room":"<room>","seq":{seq}}}' for seq in ("-1", "true", "1.0", "1e3", '"1"', "null", "9223372036854775808", "9" * 5000)),
    *(f'{{"type":"typing","room":"<room>","on":{on}}}' for on in ("0", "1", "null", '"true"', "[]")),
    *(f'{{"type":"typing","room":{room},"on":true}}' for room in ("1", "null", "[]", '""', f'"{HALF}"', '"' + "-" * 36 + '"', '"' + "1" * 36 + '"')),
    *(f'{{"type":"typing","room":"{room}","on":true}}' for room in ("----0192f1a05c0070008000000000000001", "0192f1a0-5c00-7000-8000-00000000_001")),
    *(f'{{"type":"delete","room":"<room>","id":{message}}}' for message in (f'"{HALF}"', "1", '"' + "x" * 9000 + '"', "{}")),
    *(f'{{"type":"resume","rooms":{rooms}}}' for rooms in ("[]", "null", "7", '{"x":1}', '{"<room>":-1}', '{"<room>":true}', '{"<room>":null}')),
    '{"type":"resume","rooms":{' + ",".join(f'"{number}":0' for number in range(1200)) + "}}",
]  # fmt: skip


def test_an_address_without_end_is_answered(server: str) -> None:
    """Nobody is left waiting, and no connection is held, for a handshake that cannot be read."""
    host, port = server.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
        raw.sendall(
            f"GET /ws/chat?ticket={'a' * 30_000} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 414 ")


def test_nonsense_is_answered_and_costs_nothing(server: str, live_cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with Chat(server, live_cast.ana) as ana, Chat(server, live_cast.ben) as ben:
        ana.enter(), ben.enter()
        for text in NONSENSE:
            ana.socket.send(text.replace(ROOM, str(live_cast.room)))
            answer = ana.hear("error", "pong", "ack", "message", "resumed")
            assert (answer["type"], answer.get("code")) == ("error", "invalid"), text[:200]
        ana.send(live_cast.room, "still here")
        ben.hear("message")
    assert Message.objects.count() == 1
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def test_other_peoples_rooms_and_none_are_told_apart_by_nobody(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.cleo) as cleo:
        cleo.enter()
        answers = []
        for room in (live_cast.room, uuid4()):
            cleo.say("typing", room=room, on=True)
            answers.append({**cleo.hear("error"), "room": None})
            cleo.say("resume", rooms={str(room): 0})
            assert cleo.hear("room_closed")["room"] == str(room)
        assert answers[0] == answers[1]


def test_a_resume_of_as_many_rooms_as_fit(server: str, live_cast: Cast) -> None:
    rooms = {str(uuid4()): frames.MAX_SEQ for _ in range(250)}
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        ana.say("resume", rooms={**rooms, str(live_cast.room): frames.MAX_SEQ})
        assert ana.hear("resumed")["rooms"] == {str(live_cast.room): 0}
        ana.say("ping")
        ana.hear("pong")


@pytest.mark.parametrize(("size", "code"), [(frames.MAX_FRAME_BYTES, None), (frames.MAX_FRAME_BYTES + 1, 1009), (2 * 1024 * 1024, 1009)])
def test_sixteen_kib_and_not_a_byte_more(server: str, live_cast: Cast, size: int, code: int | None) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        start = '{"type":"ping","x":"'
        with suppress(ConnectionClosed):
            ana.socket.send(start + "x" * (size - len(start) - 2) + '"}')
        if code is None:
            assert ana.hear("error")["code"] == "invalid"
        else:
            assert ana.code() == code


def test_a_message_in_many_pieces_is_too_large_before_it_ends(server: str, live_cast: Cast) -> None:
    codes = []

    def pieces(ana: Chat) -> Iterator[str]:
        yield from ["x" * 100] * 656  # the last is the first beyond 64 KiB
        codes.append(ana.code())

    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        with suppress(ConnectionClosed):
            ana.socket.send(pieces(ana))
    assert codes == [1009]


def test_ten_thousand_frames_at_once_disturb_nobody(server: str, live_cast: Cast, settings: Any) -> None:
    settings.LIMITS_ENABLED = True
    with Chat(server, live_cast.ana) as ana, Chat(server, live_cast.ben) as ben:
        ana.enter(), ben.enter()

        def flood() -> None:
            with suppress(ConnectionClosed):
                for _ in range(10_000):
                    ana.say("ping")

        thread = threading.Thread(target=flood)
        thread.start()
        ben.say("ping")
        ben.hear("pong", patience=2)
        assert ana.code() == 4429
        thread.join(10)
        assert sum(frame["type"] == "pong" for frame in ana.heard) <= limits.FRAMES


def test_connections_that_say_nothing_disturb_nobody(server: str, live_cast: Cast) -> None:
    host, _, port = server.partition(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(100)]
    for number, connection in enumerate(silent):
        connection.sendall(b"GET /ws/chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"[: number % 60])
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        ana.send(live_cast.room, "hi")
        ana.hear("ack")
    for connection in silent:
        connection.close()


@pytest.mark.parametrize(
    ("query", "cookie"),
    [
        ("?ticket=%00", ""), ("?ticket=%ff%fe", ""), ("?ticket=" + "x" * 4000, ""), ("?ticket=%ED%A0%80", ""), ("?ticket[]=x", ""),
        ("?ticket=a&ticket=b", ""), ("?" + "&" * 3000, ""), ("", 'sessionid="\\000"'), ("", "sessionid=\xff"), ("", "sessionid=" + "x" * 3000),
        ("", "sessionid"), ("", "=;;=;sessionid=;"), ("", 'sessionid="\\355\\240\\200"'),
    ],
)  # fmt: skip
def test_credentials_that_are_none(server: str, live_cast: Cast, caplog: pytest.LogCaptureFixture, query: str, cookie: str) -> None:
    headers = {"Cookie": cookie} if cookie else {}
    with Chat(server, query=query, origin=f"http://{server}", additional_headers=headers) as chat:
        assert chat.code() == 4401
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def test_strange_request_ids_are_not_repeated(server: str, live_cast: Cast) -> None:
    for word in ("x" * 5000, "a b", '"}{', "\xe9"):
        with Chat(server, live_cast.ana, additional_headers={"X-Request-ID": word}) as ana:
            assert json.dumps(ana.enter()["request_id"]) != json.dumps(word)
