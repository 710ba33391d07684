"""The REST side: the same rooms, the same words, the same rules."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import block
from chat import limits, selectors
from chat.models import Membership, Message, Room, Ticket
from chat.tests.cast import Cast, Person, close_account, matched, person
from matching.services import swipe
from ops import jobs

pytestmark = pytest.mark.integration
JSON = "application/json"


def messages_url(cast: Cast, rest: str = "") -> str:
    return f"/api/chat/rooms/{cast.room}/messages{rest}"


def post(who: Person, url: str, body: Any = None) -> Any:
    return who.api.post(url, body if body is not None else {}, content_type=JSON)


def say(cast: Cast, who: Person, body: str = "hi", client_id: object = None) -> Any:
    return post(who, messages_url(cast), {"client_id": str(client_id or uuid4()), "body": body})


def test_a_message_is_sent_and_found(cast: Cast) -> None:
    answer = say(cast, cast.ana, "  Hello Ben  ")
    assert answer.status_code == 201
    message = answer.json()
    assert (message["body"], message["sender"], message["position"], message["seq"]) == ("Hello Ben", str(cast.ana.id), 1, 1)
    page = cast.ben.api.get(messages_url(cast)).json()
    assert page == {"results": [message], "has_more": False, "head": 1}


def test_the_same_client_id_again_is_the_same_message(cast: Cast) -> None:
    client_id = uuid4()
    first, again = say(cast, cast.ana, "one", client_id), say(cast, cast.ana, "two", client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"client_id": str(uuid4())}, "/body"),
        ({"client_id": str(uuid4()), "body": "  "}, "/body"),
        ({"client_id": str(uuid4()), "body": "x" * 4001}, "/body"),
        ({"client_id": str(uuid4()), "body": "a\x00"}, "/body"),
        ({"client_id": str(uuid4()), "body": 5}, "/body"),
        ({"client_id": "no", "body": "hi"}, "/client_id"),
        ({"body": "hi"}, "/client_id"),
        ({"client_id": str(uuid4()), "body": "hi", "colour": "red"}, "/colour"),
        ({"client_id": str(uuid4()), "body": "hi", "photo": str(uuid4())}, "/photo"),
    ],
)
def test_what_is_no_message_is_refused(cast: Cast, body: dict[str, Any], pointer: str) -> None:
    answer = post(cast.ana, messages_url(cast), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Message.objects.exists()


def test_half_a_character_is_no_text(cast: Cast) -> None:
    answer = post(cast.ana, messages_url(cast), {"client_id": str(uuid4()), "body": "\ud800"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Message.objects.exists()


def test_edit_and_delete(cast: Cast) -> None:
    message = say(cast, cast.ana, "helo").json()
    one = messages_url(cast, f"/{message['id']}")
    edited = cast.ana.api.patch(one, {"body": "hello"}, content_type=JSON)
    assert (edited.status_code, edited.json()["body"], edited.json()["seq"]) == (200, "hello", 2)
    assert cast.ben.api.patch(one, {"body": "mine"}, content_type=JSON).status_code == 404
    assert cast.ben.api.delete(one).status_code == 404
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    late = cast.ana.api.patch(one, {"body": "late"}, content_type=JSON)
    assert (late.status_code, late.json()["code"]) == (409, "too_late")
    assert [cast.ana.api.delete(one).status_code for _ in range(2)] == [204, 204]
    seen = cast.ben.api.get(messages_url(cast)).json()["results"][0]
    assert seen == {**edited.json(), "seq": 3, "body": "", "deleted": True, "created_at": seen["created_at"]}


def test_pages_by_position_and_catching_up_by_seq(cast: Cast) -> None:
    made = [say(cast, cast.ana, str(number)).json() for number in range(1, 8)]
    cast.ana.api.patch(messages_url(cast, f"/{made[1]['id']}"), {"body": "2!"}, content_type=JSON)

    def page(query: str) -> tuple[list[str], bool, int]:
        answer = cast.ben.api.get(messages_url(cast, query)).json()
        return [message["body"] for message in answer["results"]], answer["has_more"], answer["head"]

    assert page("?limit=3") == (["5", "6", "7"], True, 8)
    assert page("?before=5&limit=3") == (["2!", "3", "4"], True, 8)
    assert page("?before=2&limit=3") == (["1"], False, 8)
    assert page("?before=0") == ([], False, 8)
    assert page("?after=6") == (["7", "2!"], False, 8)
    assert page("?after=0&limit=2") == (["1", "3"], True, 8)
    assert page("?after=8") == ([], False, 8)


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?before=1&after=1", "?limit=0", "?limit=101", "?since=3", f"?after={2**63}"])
def test_wrong_questions_are_refused(cast: Cast, query: str) -> None:
    answer = cast.ana.api.get(messages_url(cast, query))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_the_stranger_finds_no_room_anywhere(cast: Cast) -> None:
    message = say(cast, cast.ana).json()["id"]
    api = cast.cleo.api
    answers = [
        api.get(messages_url(cast)),
        say(cast, cast.cleo),
        api.patch(messages_url(cast, f"/{message}"), {"body": "x"}, content_type=JSON),
        api.delete(messages_url(cast, f"/{message}")),
        post(cast.cleo, f"/api/chat/rooms/{cast.room}/read", {"seq": 1}),
        api.get(f"/api/matches/{cast.room}"),
        api.delete(f"/api/matches/{cast.room}"),
        cast.ana.api.get(f"/api/chat/rooms/{uuid4()}/messages"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 8
    assert cast.cleo.api.get("/api/chat/rooms").json()["results"] == []
    assert cast.cleo.api.get("/api/matches").json()["results"] == []


def test_nobody_comes_in_without_signing_in(cast: Cast, client: Any) -> None:
    for url in ("/api/chat/rooms", "/api/matches", messages_url(cast)):
        assert client.get(url).status_code == 401
    assert client.post("/api/chat/ticket").status_code == 401


def test_a_room_shows_peer_last_message_and_what_is_unread(cast: Cast) -> None:
    say(cast, cast.ana, "one")
    last = say(cast, cast.ana, "two").json()
    room = cast.ben.api.get("/api/chat/rooms").json()["results"][0]
    assert room["peer"]["name"] == "Ana"
    assert {name: room[name] for name in ("id", "match", "head", "read_seq", "peer_read_seq", "unread", "last_message")} == {
        "id": str(cast.room), "match": str(cast.room), "head": 2, "read_seq": 0, "peer_read_seq": 0, "unread": 2, "last_message": last,
    }  # fmt: skip
    assert selectors.unread_total(cast.ben.member) == 2
    assert cast.ana.api.get("/api/chat/rooms").json()["results"][0]["unread"] == 0
    assert post(cast.ben, f"/api/chat/rooms/{cast.room}/read", {"seq": 2}).status_code == 204
    assert cast.ben.api.get("/api/chat/rooms").json()["results"][0]["unread"] == 0
    assert cast.ana.api.get("/api/chat/rooms").json()["results"][0]["peer_read_seq"] == 2
    assert selectors.unread_total(cast.ben.member) == 0


def test_rooms_come_by_last_activity_in_pages(cast: Cast) -> None:
    rooms = [cast.room, *(matched(cast.ana, person(f"Peer {number}")).pk for number in range(4))]
    for room in rooms[::-1]:
        post(cast.ana, f"/api/chat/rooms/{room}/messages", {"client_id": str(uuid4()), "body": "hi"})
    seen, url = [], "/api/chat/rooms?limit=2"
    while url:
        page = cast.ana.api.get(url).json()
        seen += [room["id"] for room in page["results"]]
        url = page["next"]
    assert seen == [str(room) for room in rooms]


@pytest.mark.parametrize("url", ["/api/chat/rooms", "/api/matches"])
def test_lists_need_the_same_queries_however_long(cast: Cast, url: str) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert cast.ana.api.get(url).status_code == 200
        return len(queries)

    say(cast, cast.ben)
    cast.ana.api.get(url)
    before = cost()
    for number in range(6):
        peer = person(f"Peer {number}")
        post(peer, f"/api/chat/rooms/{matched(cast.ana, peer).pk}/messages", {"client_id": str(uuid4()), "body": "hi"})
    assert len(cast.ana.api.get(url).json()["results"]) == 7
    assert cost() == before


def test_matches_have_their_room(cast: Cast) -> None:
    last = say(cast, cast.ben).json()
    match = cast.ana.api.get(f"/api/matches/{cast.room}").json()
    assert cast.ana.api.get("/api/matches").json()["results"] == [match]
    assert match.keys() == {"id", "member", "room", "score", "matched_at", "last_message", "unread"}
    assert (match["member"]["name"], match["room"], match["last_message"], match["unread"]) == ("Ben", str(cast.room), last, 1)
    assert 0 <= match["score"] <= 100


def test_unmatching_closes_the_room_for_both(cast: Cast) -> None:
    say(cast, cast.ana)
    assert cast.ana.api.delete(f"/api/matches/{cast.room}").status_code == 204
    for who in (cast.ana, cast.ben):
        assert who.api.get(messages_url(cast)).status_code == 404
        assert who.api.get("/api/chat/rooms").json()["results"] == []
        assert who.api.get("/api/matches").json()["results"] == []
        assert say(cast, who).status_code == 404
        assert who.api.get(f"/api/matches/{cast.room}").status_code == 404
        assert selectors.unread_total(who.member) == 0


def test_two_likes_make_a_room(cast: Cast) -> None:
    dora, emil = person("Dora"), person("Emil")
    swipe(dora.member, emil.id, "like")
    _made, match = swipe(emil.member, dora.id, "like")
    assert match is not None
    assert dora.api.get("/api/chat/rooms").json()["results"][0]["id"] == str(match.pk)


def test_a_block_closes_the_room(cast: Cast) -> None:
    block(cast.ben.member, cast.ana.id)
    assert say(cast, cast.ana).status_code == 404
    assert Room.objects.get(pk=cast.room).closed_at is not None


def test_a_suspended_peer_is_gone_until_they_are_back(cast: Cast) -> None:
    type(cast.ben.member).objects.filter(pk=cast.ben.id).update(suspended_at=timezone.now())
    assert cast.ana.api.get("/api/chat/rooms").json()["results"] == []
    type(cast.ben.member).objects.filter(pk=cast.ben.id).update(suspended_at=None)
    assert len(cast.ana.api.get("/api/chat/rooms").json()["results"]) == 1


def test_a_closed_account_leaves_no_message(cast: Cast) -> None:
    say(cast, cast.ana, "mine")
    say(cast, cast.ben, "yours")
    matched(cast.ben, cast.cleo)
    close_account(cast.ana)
    jobs.run_due()  # of a log in MongoDB a job takes them out
    assert (Message.objects.count(), Room.objects.count(), Membership.objects.count()) == (0, 1, 2)


def test_a_ticket_is_good_once_and_soon(cast: Cast) -> None:
    answer = post(cast.ana, "/api/chat/ticket")
    assert (answer.status_code, answer.json()["expires_in"]) == (201, 30)
    assert answer.json()["ticket"] not in str(Ticket.objects.values())


def test_sending_is_limited(cast: Cast, settings: Any) -> None:
    settings.LIMITS_ENABLED = True
    limits.forget()
    codes = [say(cast, cast.ana).status_code for _ in range(32)]
    assert codes == [201] * 30 + [429] * 2
    limits.forget()
