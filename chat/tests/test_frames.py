"""What a client may say, and in which words it is refused."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import frames
from chat.frames import Delete, Edit, Ping, Read, Resume, Send, Typing
from ops.errors import Invalid

pytestmark = pytest.mark.unit
ROOM, ID, PHOTO = (UUID(int=number) for number in (1, 2, 3))  # the same in every process of a run


def spoken(**fields: Any) -> str:
    return json.dumps(fields, default=str)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        (spoken(type="send", room=ROOM, client_id=ID, body=" hi "), Send(ROOM, ID, "hi")),
        (spoken(type="send", room=ROOM, client_id=ID, body="hi", photo=PHOTO), Send(ROOM, ID, "hi", PHOTO)),
        (spoken(type="send", room=ROOM, client_id=ID, body="hi", photo=None), Send(ROOM, ID, "hi")),
        (spoken(type="edit", room=ROOM, id=ID, body="ho"), Edit(ROOM, ID, "ho")),
        (spoken(type="delete", room=ROOM, id=ID), Delete(ROOM, ID)),
        (spoken(type="read", room=ROOM, seq=7), Read(ROOM, 7)),
        (spoken(type="typing", room=ROOM, on=True), Typing(ROOM, True)),
        (spoken(type="resume", rooms={str(ROOM): 3}), Resume({ROOM: 3})),
        (spoken(type="resume", rooms={}), Resume({})),
        (spoken(type="ping"), Ping()),
        (spoken(type="send", room=str(ROOM).upper(), client_id=ID, body="x" * 4000), Send(ROOM, ID, "x" * 4000)),
        (spoken(type="send", room=ROOM, client_id=ID, body="👩‍🚀 مرحبا\nline"), Send(ROOM, ID, "👩‍🚀 مرحبا\nline")),
    ],
)
def test_what_is_understood(text: str, frame: frames.ClientFrame) -> None:
    assert frames.parse(text) == frame


SEND = {"type": "send", "room": str(ROOM), "client_id": str(ID), "body": "hi"}


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({}, "/type"),
        ({"type": "dance"}, "/type"),
        ({"type": ["send"]}, "/type"),
        ({"type": None}, "/type"),
        ({**SEND, "body": ""}, "/body"),
        ({**SEND, "body": " \n\t "}, "/body"),
        ({**SEND, "body": "x" * 4001}, "/body"),
        ({**SEND, "body": "a\x00b"}, "/body"),
        ({**SEND, "body": "\ud800"}, "/body"),
        ({**SEND, "body": 5}, "/body"),
        ({**SEND, "client_id": "5"}, "/client_id"),
        ({**SEND, "client_id": "{" + str(ID)[:-2] + "}"}, "/client_id"),
        ({**SEND, "client_id": None}, "/client_id"),
        ({**SEND, "room": 7}, "/room"),
        ({**SEND, "photo": "x"}, "/photo"),
        ({**SEND, "colour": "red"}, "/colour"),
        ({"type": "send", "room": str(ROOM), "client_id": str(ID)}, "/body"),
        ({"type": "read", "room": str(ROOM), "seq": -1}, "/seq"),
        ({"type": "read", "room": str(ROOM), "seq": 2**63}, "/seq"),
        ({"type": "read", "room": str(ROOM), "seq": True}, "/seq"),
        ({"type": "read", "room": str(ROOM), "seq": 1.0}, "/seq"),
        ({"type": "typing", "room": str(ROOM), "on": 1}, "/on"),
        ({"type": "resume", "rooms": []}, "/rooms"),
        ({"type": "resume", "rooms": {"x": 1}}, "/rooms"),
        ({"type": "resume", "rooms": {str(ROOM): "1"}}, "/rooms"),
        ({"type": "resume", "rooms": {str(UUID(int=number)): 1 for number in range(501)}}, "/rooms"),
    ],
)
def test_what_is_refused_names_its_place(payload: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        frames.parse(json.dumps(payload))
    assert caught.value.code == "invalid"
    assert [error.pointer for error in caught.value.errors] == [pointer]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        '"send"',
        "null",
        "{",
        "NaN",
        '{"type": Infinity}',
        "[" * 16_000,
        '{"seq": ' + "9" * 5000 + "}",
        '{"a": 1} {"b": 2}',
    ],
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        frames.parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([str(ROOM), "send", "resume", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "room", "rooms", "body", "x"]), inner, max_size=4),
    max_leaves=8,
)


@given(payload=st.dictionaries(st.sampled_from(["type", "room", "client_id", "id", "body", "seq", "on", "rooms", "photo", "x"]), JSON))
def test_anything_is_a_frame_or_invalid(payload: dict[str, Any]) -> None:
    try:
        frame = frames.parse(json.dumps(payload))
    except Invalid:
        return
    assert type(frame) is frames.CLIENT_FRAMES[payload["type"]]


@given(text=st.text(max_size=200))
def test_any_text_is_a_frame_or_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        frames.parse(text)


def test_an_answer_can_name_the_client_id_of_a_wrong_frame() -> None:
    assert frames.id_in({"type": "send", "client_id": str(ID), "body": 5}, "client_id") == str(ID)
    assert frames.id_in({"client_id": "\ud800" * 36}, "client_id") is None
    assert frames.id_in({}, "id") is None


def test_text_on_the_wire_is_compact_and_readable() -> None:
    assert (
        frames.encode({"type": "error", "code": "c", "detail": "é👍", "request_id": ""})
        == '{"type":"error","code":"c","detail":"é👍","request_id":""}'
    )
