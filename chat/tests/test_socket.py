"""Conversations over real sockets."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY

from accounts import services as accounts
from accounts import sessions
from accounts.models import Member, Session
from accounts.moderation import services as moderation
from chat import feeds, frames, hub, limits, post, selectors
from chat.models import Membership, Message
from chat.tests.cast import Cast, Person, close_account, matched
from chat.tests.server import Chat, wait_until
from matching import services as matching
from matching.services import swipe

pytestmark = pytest.mark.integration
SOON = 5.0  # promised within 2 s; a machine that runs the suite on all cores may take longer


def post_message(cast: Cast, who: Person, body: str, client_id: UUID | None = None, **headers: str) -> Any:
    content = {"client_id": str(client_id or uuid4()), "body": body}
    return who.api.post(f"/api/chat/rooms/{cast.room}/messages", content, content_type="application/json", headers=headers)


def history(cast: Cast, who: Person, query: str = "?limit=100") -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = who.api.get(f"/api/chat/rooms/{cast.room}/messages{query}").json()["results"]
    return messages


def bare(frame: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in frame.items() if name not in ("type", "request_id")}


# --- Talking ---


def test_ana_talks_with_ben(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana, Chat(server, live_cast.ana) as phone, Chat(server, live_cast.ben) as ben:
        hello = ana.enter()
        assert hello["rooms"] == {str(live_cast.room): {"head": 0, "read_seq": 0, "peer_read_seq": 0}}
        phone.enter()
        ben.enter()
        client_id = ana.send(live_cast.room, "Hello Ben")
        ack, message = ana.hear("ack"), ben.hear("message")
        same = {name: message[name] for name in ("room", "id", "seq", "created_at")}
        assert ack == {"type": "ack", "client_id": str(client_id), **same}
        assert phone.hear("message") == message
        assert history(live_cast, live_cast.ben) == [bare(message)]
        ana.hears_nothing("message")


def test_an_acknowledged_message_is_in_the_database(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        for number in range(20):
            ana.send(live_cast.room, str(number))
            assert Message.objects.filter(pk=ana.hear("ack")["id"], body=str(number)).exists()


def test_edits_and_deletions_arrive_as_the_same_message(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana, Chat(server, live_cast.ben) as ben:
        ana.enter(), ben.enter()
        ana.send(live_cast.room, "helo")
        message = ana.hear("ack")
        ana.say("edit", room=live_cast.room, id=message["id"], body="hello")
        for chat in (ana, ben):
            edited = chat.hear("message", seq=2)
            assert (edited["position"], edited["body"], edited["deleted"]) == (1, "hello", False)
        ana.say("delete", room=live_cast.room, id=message["id"])
        for chat in (ana, ben):
            assert bare(chat.hear("message", seq=3)).items() >= {"position": 1, "body": "", "deleted": True}.items()
        ana.say("delete", room=live_cast.room, id=message["id"])
        assert ana.hear("message")["seq"] == 3, "a repeated deletion is answered with what is there"
        ben.say("edit", room=live_cast.room, id=message["id"], body="mine")
        assert ben.hear("error").items() >= {"code": "not_found", "id": message["id"]}.items()


def test_read_marks_reach_the_others(server: str, live_cast: Cast) -> None:
    post_message(live_cast, live_cast.ana, "one")
    with Chat(server, live_cast.ana) as ana, Chat(server, live_cast.ben) as ben, Chat(server, live_cast.ben) as phone:
        ana.enter(), ben.enter(), phone.enter()
        ben.say("read", room=live_cast.room, seq=1)
        for chat in (ana, phone):
            assert chat.hear("read") == {"type": "read", "room": str(live_cast.room), "member": str(live_cast.ben.id), "seq": 1}
        assert Membership.objects.get(member=live_cast.ben.member).read_seq == 1
    with Chat(server, live_cast.ana) as ana:
        assert ana.enter()["rooms"][str(live_cast.room)] == {"head": 1, "read_seq": 0, "peer_read_seq": 1}


def test_typing_is_told_and_expires(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "TYPING_SECONDS", 0.5)
    with Chat(server, live_cast.ana) as ana, Chat(server, live_cast.ana) as phone, Chat(server, live_cast.ben) as ben:
        ana.enter(), phone.enter(), ben.enter()
        ana.say("typing", room=live_cast.room, on=True)
        assert ben.hear("typing") == {"type": "typing", "room": str(live_cast.room), "member": str(live_cast.ana.id), "on": True}
        assert ben.hear("typing")["on"] is False
        phone.hears_nothing("typing", within=0.2)
        ana.say("typing", room=live_cast.room, on=True)
        ana.say("typing", room=live_cast.room, on=False)
        assert [ben.hear("typing")["on"] for _ in range(2)] == [True, False]


def test_who_types_and_leaves_has_stopped(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ben) as ben:
        with Chat(server, live_cast.ana) as ana:
            ana.enter(), ben.enter()
            ana.say("typing", room=live_cast.room, on=True)
            ben.hear("typing", on=True)
        ben.hear("typing", on=False)


def test_presence_is_told_to_peers_only(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ben) as ben, Chat(server, live_cast.cleo) as cleo:
        ben.enter(), cleo.enter()
        with Chat(server, live_cast.ana) as ana:
            ana.enter()
            assert ben.hear("presence", member=live_cast.ana.id)["online"] is True
        gone = ben.hear("presence", member=live_cast.ana.id)
        assert (gone["online"], gone["last_seen"] is not None) == (False, True)
        assert not any(frame["type"] == "presence" for frame in cleo.heard)
        cleo.hears_nothing("presence", within=0.2)


def test_who_hides_is_not_told_of_and_not_told(server: str, live_cast: Cast) -> None:
    def hide(who: Any, hidden: bool) -> None:
        accounts.save_profile(who.member, {"show_presence": not hidden})

    with Chat(server, live_cast.ben) as ben, Chat(server, live_cast.ana) as ana:
        ben.enter(), ana.enter()
        assert ben.hear("presence", member=live_cast.ana.id)["online"] is True
        hide(live_cast.ana, hidden=True)
        gone = ben.hear("presence", member=live_cast.ana.id)
        assert (gone["online"], gone["last_seen"]) == (False, None)
        home = hub._hub
        assert home
        wait_until(lambda: all(socket.hides_presence for socket in home.members[live_cast.ana.id]))
        ana.say("ping")
        ana.hear("pong")  # whatever came before that she has read
        hide(live_cast.ben, hidden=True)
        hide(live_cast.ben, hidden=False)
        ana.hears_nothing("presence", within=0.3)
        hide(live_cast.ana, hidden=False)
        assert ben.hear("presence", member=live_cast.ana.id)["online"] is True
    with Chat(server, live_cast.ben) as ben:
        ben.enter()
        hide(live_cast.ana, hidden=True)
        ben.hear("presence", online=False)
        with Chat(server, live_cast.ana) as ana:
            ana.enter()
        ben.hears_nothing("presence", within=0.3)


def test_ping(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        ana.say("ping")
        assert ana.hear("pong") == {"type": "pong"}


def test_heartbeats_tell_heads(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "HEARTBEAT_SECONDS", 0.3)
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        post_message(live_cast, live_cast.ben, "one")
        ana.hear("message")
        assert ana.hear("heartbeat") == {"type": "heartbeat", "rooms": {str(live_cast.room): 1}}


def test_frames_caused_by_a_request_bear_its_id(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ben, additional_headers={"X-Request-ID": "handshake-1"}) as ben:
        assert ben.enter()["request_id"] == "handshake-1"
        answer = post_message(live_cast, live_cast.ana, "hi", **{"X-Request-ID": "request-7"})
        frame = ben.hear("message")
        assert (answer["X-Request-ID"], frame["request_id"]) == ("request-7", "request-7")
        assert bare(frame) == answer.json()


# --- Once, in order, without a hole ---


def test_fifty_retries_by_socket_and_rest_make_one_message(server: str, live_cast: Cast) -> None:
    client_id, answers, barrier = uuid4(), [], threading.Barrier(10)

    def by_socket() -> None:
        with Chat(server, live_cast.ana) as ana:
            ana.enter()
            barrier.wait()
            for _ in range(5):
                ana.send(live_cast.room, "once", client_id)
            answers.extend(ana.hear("ack")["id"] for _ in range(5))

    def by_rest() -> None:
        from django.db import connections

        barrier.wait()
        for _ in range(5):
            answer = post_message(live_cast, live_cast.ana, "once", client_id)
            assert answer.status_code in (200, 201)
            answers.append(answer.json()["id"])
        connections.close_all()

    threads = [threading.Thread(target=target) for target in (by_socket, by_rest) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 50
    assert len(set(answers)) == 1
    assert Message.objects.count() == 1


def test_everybody_hears_the_same_order_without_a_hole(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana, Chat(server, live_cast.ben) as ben, Chat(server, live_cast.ben) as phone:
        ana.enter(), ben.enter(), phone.enter()

        def talk(chat: Chat) -> None:
            for number in range(40):
                chat.send(live_cast.room, str(number))

        threads = [threading.Thread(target=talk, args=[chat]) for chat in (ana, ben)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        heard = [phone.hear("message", patience=15) for _ in range(80)]
        assert [frame["seq"] for frame in heard] == list(range(1, 81))
        assert [bare(frame) for frame in heard] == history(live_cast, live_cast.ana)
        acks = [ana.hear("ack", "message", patience=15) for _ in range(80)]
        assert sorted(frame["seq"] for frame in acks) == list(range(1, 81))


def test_resume_tells_what_a_fresh_fetch_tells(server: str, live_cast: Cast) -> None:
    made = [post_message(live_cast, live_cast.ana, str(number)).json() for number in range(10)]
    api, url = live_cast.ana.api, f"/api/chat/rooms/{live_cast.room}/messages"
    api.patch(f"{url}/{made[1]['id']}", {"body": "1!"}, content_type="application/json")
    api.delete(f"{url}/{made[7]['id']}")
    with Chat(server, live_cast.ben) as ben:
        ben.enter()
        for last in (0, 4, 11):
            ben.say("resume", rooms={str(live_cast.room): last})
            heard = []
            while (frame := ben.hear("message", "resumed"))["type"] == "message":
                heard.append(bare(frame))
            assert frame["rooms"] == {str(live_cast.room): 12}
            assert heard == history(live_cast, live_cast.ben, f"?after={last}&limit=100")
        ben.say("resume", rooms={str(live_cast.room): 12})
        assert ben.hear("message", "resumed")["type"] == "resumed"


def test_old_state_and_events_equal_fresh_state(server: str, live_cast: Cast) -> None:
    """A client that upserts by id whatever it hears, live and resumed, ends with what a fresh fetch shows."""
    state: dict[str, dict[str, Any]] = {}

    def hear(chat: Chat, until_seq: int) -> None:
        while max([message["seq"] for message in state.values()], default=0) < until_seq:
            frame = bare(chat.hear("message"))
            if frame["seq"] > state.get(frame["id"], {"seq": 0})["seq"]:
                state[frame["id"]] = frame

    api, url = live_cast.ana.api, f"/api/chat/rooms/{live_cast.room}/messages"
    with Chat(server, live_cast.ben) as ben:
        ben.enter()
        ids = [post_message(live_cast, live_cast.ana, str(number)).json()["id"] for number in range(5)]
        api.patch(f"{url}/{ids[0]}", {"body": "0!"}, content_type="application/json")
        hear(ben, 6)
    api.delete(f"{url}/{ids[1]}")
    api.patch(f"{url}/{ids[0]}", {"body": "0!!"}, content_type="application/json")
    post_message(live_cast, live_cast.ben, "while away")
    with Chat(server, live_cast.ben) as ben:
        ben.enter()
        ben.say("resume", rooms={str(live_cast.room): 6})
        hear(ben, 9)
    assert sorted(state.values(), key=lambda message: message["position"]) == history(live_cast, live_cast.ben)


def test_a_gap_above_five_hundred_is_fetched_by_rest(server: str, live_cast: Cast) -> None:
    from chat.log import Change, commit

    commit([Change(live_cast.ana.id, frames.Send(live_cast.room, uuid4(), str(number))) for number in range(501)])
    with Chat(server, live_cast.ben) as ben:
        ben.enter()
        ben.say("resume", rooms={str(live_cast.room): 0})
        assert ben.hear("gap", "message") == {"type": "gap", "room": str(live_cast.room), "after": 0, "head": 501}
        assert ben.hear("resumed")["rooms"] == {str(live_cast.room): 501}
        ben.say("resume", rooms={str(live_cast.room): 1})
        assert [ben.hear("message", "gap")["seq"] for _ in range(500)] == list(range(2, 502))


def test_what_the_transport_loses_is_found_again(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with Chat(server, live_cast.ben) as ben:
        ben.enter()
        monkeypatch.setattr(post, "send", lambda letters: None)
        post_message(live_cast, live_cast.ana, "lost")
        lost = ben.hear("message", patience=hub.LOOK_SECONDS + feeds.LATE_SECONDS + 1)
        assert lost["body"] == "lost"
        post_message(live_cast, live_cast.ana, "lost too")
        monkeypatch.undo()
        post_message(live_cast, live_cast.ana, "found")
        assert [ben.hear("message")["body"] for _ in range(2)] == ["lost too", "found"]


def test_what_comes_twice_or_late_is_heard_once(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    letters: list[Any] = []
    with Chat(server, live_cast.ben) as ben:
        ben.enter()
        real = post.send
        monkeypatch.setattr(post, "send", letters.extend)
        for number in range(4):
            post_message(live_cast, live_cast.ana, str(number))
        real([letters[place] for place in (1, 0, 1, 3, 2, 0)])
        assert [ben.hear("message")["seq"] for _ in range(4)] == [1, 2, 3, 4]
        ben.hears_nothing("message")


# --- Who hears nothing ---


def test_the_stranger_is_refused_for_every_frame(server: str, live_cast: Cast) -> None:
    message = post_message(live_cast, live_cast.ana, "secret").json()["id"]
    with Chat(server, live_cast.cleo) as cleo, Chat(server, live_cast.ben) as ben:
        assert cleo.enter()["rooms"] == {}
        ben.enter()
        client_id = cleo.send(live_cast.room, "let me in")
        assert cleo.hear("error").items() >= {"code": "not_found", "client_id": str(client_id)}.items()
        for kind, fields in (
            ("edit", {"id": message, "body": "x"}),
            ("delete", {"id": message}),
            ("read", {"seq": 1}),
            ("typing", {"on": True}),
        ):
            cleo.say(kind, room=live_cast.room, **fields)
            assert cleo.hear("error")["code"] == "not_found", kind
        cleo.say("resume", rooms={str(live_cast.room): 0})
        assert cleo.hear("room_closed", "message") == {"type": "room_closed", "room": str(live_cast.room)}
        assert cleo.hear("resumed", "message")["rooms"] == {}
        post_message(live_cast, live_cast.ana, "still secret")
        assert ben.hear("typing", "message")["type"] == "message"
        cleo.hears_nothing("message", "typing", "presence", "read")


def unmatch(cast: Cast) -> None:
    matching.unmatch(cast.ben.member, cast.room)


def block(cast: Cast) -> None:
    accounts.block(cast.ben.member, cast.ana.id)


def suspend_peer(cast: Cast) -> None:
    Member.objects.filter(pk=cast.ben.id).update(suspended_at=timezone.now())


def erase_peer(cast: Cast) -> None:
    close_account(cast.ben)


@pytest.mark.parametrize("end", [unmatch, block, suspend_peer, erase_peer])
def test_a_room_that_ends_is_closed_within_two_seconds(server: str, live_cast: Cast, end: Callable[[Cast], None]) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        end(live_cast)
        assert ana.hear("room_closed", patience=SOON) == {"type": "room_closed", "room": str(live_cast.room)}
        ana.send(live_cast.room, "still there?")
        assert ana.hear("error")["code"] == "not_found"
        ana.say("ping")
        ana.hear("pong")


def log_out(cast: Cast) -> None:
    sessions.end(Session.objects.filter(pk=cast.ana.session.pk), cast.ana.id)


def log_out_everywhere(cast: Cast) -> None:
    accounts.log_out_everywhere(cast.ana.member)


def suspend(cast: Cast) -> None:
    Member.objects.filter(pk=cast.ana.id).update(suspended_at=timezone.now())


def suspend_as_staff(cast: Cast) -> None:
    moderation.suspend(cast.ana.member, actor=cast.sam.member, until=None, note="Seen it.")


def erase(cast: Cast) -> None:
    close_account(cast.ana)


@pytest.mark.parametrize("end", [log_out, log_out_everywhere, suspend, suspend_as_staff, erase])
def test_whose_access_ends_is_out_within_two_seconds(server: str, live_cast: Cast, end: Callable[[Cast], None]) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        end(live_cast)
        assert ana.code(patience=SOON) == 4401


def test_one_session_ends_and_the_other_goes_on(server: str, live_cast: Cast) -> None:
    phone_session = sessions.begin(live_cast.ana.member, Session.Kind.TOKEN, "phone")
    with Chat(server, live_cast.ana) as ana, Chat(server, Person(live_cast.ana.member, phone_session)) as phone:
        ana.enter(), phone.enter()
        log_out(live_cast)
        assert ana.code(patience=SOON) == 4401
        post_message(live_cast, live_cast.ben, "hi")
        phone.hear("message")


@pytest.mark.parametrize("end", [unmatch, log_out])
def test_it_ends_in_time_even_when_the_news_is_lost(
    server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch, end: Callable[[Cast], None]
) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        monkeypatch.setattr(post, "send", lambda letters: None)
        end(live_cast)
        if end is log_out:
            assert ana.code(patience=SOON) == 4401
        else:
            ana.hear("room_closed", patience=SOON)


def test_signing_out_of_the_browser_closes_its_socket(server: str, live_cast: Cast) -> None:
    browser = Client()
    browser.force_login(live_cast.ana.member)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    with Chat(server, origin=f"http://{server}", additional_headers=cookie) as ana:
        ana.enter()
        browser.logout()
        assert ana.code(patience=SOON) == 4401


def test_a_new_match_opens_a_room_in_open_sockets(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ben) as ben, Chat(server, live_cast.cleo) as cleo:
        ben.enter(), cleo.enter()
        swipe(live_cast.ben.member, live_cast.cleo.id, "like")
        _made, match = swipe(live_cast.cleo.member, live_cast.ben.id, "like")
        assert match is not None
        told = ben.hear("match", patience=SOON)
        assert (told["room"], told["member"]["name"], told["unread"]) == (str(match.pk), "Cleo", 0)
        assert {name: value for name, value in told.items() if name != "type"} == live_cast.ben.api.get(f"/api/matches/{match.pk}").json()
        cleo.hear("match", patience=SOON)
        ben.send(match.pk, "Hello Cleo")
        assert cleo.hear("message")["body"] == "Hello Cleo"


def test_a_match_whose_news_is_lost_is_found(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with Chat(server, live_cast.cleo) as cleo:
        cleo.enter()
        monkeypatch.setattr(post, "send", lambda letters: None)
        room = matched(live_cast.cleo, live_cast.ana).pk
        assert cleo.hear("match", patience=SOON)["room"] == str(room)


# --- What clients do wrong ---


@pytest.mark.parametrize(
    "text", ["", "hello", "[]", "{}", '{"type":"dance"}', '{"type":"send"}', "[" * 10_000, '{"type":"read","room":1,"seq":2}']
)
def test_nonsense_is_answered_and_the_socket_lives(server: str, live_cast: Cast, text: str) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        ana.socket.send(text)
        assert ana.hear("error")["code"] == "invalid"
        ana.socket.send(b"bytes")
        assert ana.hear("error")["code"] == "invalid"
        ana.say("ping")
        ana.hear("pong")


def test_a_wrong_message_is_answered_by_its_client_id(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        for body in ("", "x" * 4001, 7):
            client_id = uuid4()
            ana.say("send", room=live_cast.room, client_id=client_id, body=body)
            assert ana.hear("error").items() >= {"code": "invalid", "client_id": str(client_id)}.items()


def test_a_frame_above_16_kib_closes_with_1009(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        ana.send(live_cast.room, "👍" * 4000)
        ana.hear("ack")
        ana.socket.send(json.dumps({"type": "ping", "x": "é" * 8192}, ensure_ascii=False))
        assert ana.code() == 1009


def test_who_floods_is_closed_with_4429_after_every_answer(server: str, live_cast: Cast, settings: Any) -> None:
    settings.LIMITS_ENABLED = True
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        for number in range(limits.SENDS + 1):
            ana.send(live_cast.room, str(number))
        assert ana.code() == 4429
        kinds = [frame["type"] for frame in ana.heard if frame["type"] in ("ack", "error")]
    assert sorted(kinds) == ["ack"] * limits.SENDS + ["error"]
    assert Message.objects.count() == limits.SENDS


def test_any_flood_of_frames_is_closed(server: str, live_cast: Cast, settings: Any) -> None:
    settings.LIMITS_ENABLED = True
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        for _ in range(limits.FRAMES + 1):
            ana.say("ping")
        assert ana.code() == 4429


def test_a_slow_reader_hears_of_its_gap_and_slows_nobody(server: str, live_cast: Cast) -> None:
    from chat.log import Change, commit

    with Chat(server, live_cast.ben, max_queue=(1, 1)) as slow, Chat(server, live_cast.ben) as quick:
        slow.enter(), quick.enter()
        for _ in range(20):
            committed = commit([Change(live_cast.ana.id, frames.Send(live_cast.room, uuid4(), "x" * 4000)) for _ in range(100)])
            post.send(committed.letters)
            for _ in range(100):
                quick.hear("message")
        seen, lost = 0, 0
        while seen < 2000:
            frame = slow.hear("message", "gap", patience=10)
            if frame["type"] == "gap":
                assert frame["after"] == seen
                lost += frame["head"] - frame["after"]
                seen = frame["head"]
            else:
                assert frame["seq"] == seen + 1
                seen = frame["seq"]
        assert lost > 0


def test_a_restarting_server_says_1012_and_loses_nothing(live_cast: Cast) -> None:
    from chat.tests.server import serving

    with serving() as address:
        ana = Chat(address, live_cast.ana)
        ana.__enter__()
        ana.enter()
        for number in range(20):
            ana.send(live_cast.room, str(number))
        ana.hear("ack")
    assert ana.code() == 1012
    acked = {frame["id"] for frame in ana.heard if frame["type"] == "ack"}
    assert acked <= {str(pk) for pk in Message.objects.values_list("pk", flat=True)}
    ana.__exit__(None, None, None)


def test_last_seen_moves_when_the_socket_closes(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        time.sleep(0.2)
        assert live_cast.ben.api.get("/api/chat/rooms").json()["results"][0]["peer"]["online"] is True
    time.sleep(2.5)
    assert live_cast.ben.api.get("/api/chat/rooms").json()["results"][0]["peer"]["online"] is False


def test_operators_see_sockets_and_changes(server: str, live_cast: Cast) -> None:
    def value(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    open_before, stored_before = value("alliv_chat_sockets"), value("alliv_chat_changes_total", kind="send", outcome="stored")
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        ana.send(live_cast.room, "hi")
        ana.hear("ack")
        assert value("alliv_chat_sockets") == open_before + 1
    wait_until(lambda: value("alliv_chat_sockets") == open_before)
    assert value("alliv_chat_changes_total", kind="send", outcome="stored") == stored_before + 1


def test_whom_the_server_cannot_serve_now_is_told_to_come_back(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*args: object) -> None:
        raise OperationalError("no database")

    with monkeypatch.context() as patch:
        patch.setattr(selectors, "look", down)
        with Chat(server, live_cast.ana) as ana:
            assert ana.code() == 1013
    with Chat(server, live_cast.ana) as ana:
        ana.enter()


def test_who_tells_many_lets_others_have_the_loop() -> None:
    """A thousand heartbeats take longer than a message may wait."""

    async def scene() -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        assert [number async for number in hub.unhurried(range(1000))] == list(range(1000))
        task.cancel()
        return turns

    assert asyncio.run(scene()) > 50
