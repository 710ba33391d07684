"""The pages, without a line of JavaScript."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat import services
from chat.models import Membership, Message
from chat.tests.cast import Cast, Person, matched, person
from tests.browser import Page

pytestmark = pytest.mark.integration


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who.member)
    return client


def say(cast: Cast, who: Person, body: str) -> None:
    services.send_message(who.member, cast.room, client_id=uuid4(), body=body)


def test_the_inbox_lists_conversations(cast: Cast) -> None:
    say(cast, cast.ben, "Hello <Ana>")
    answer = browser(cast.ana).get("/inbox/")
    assert answer.status_code == 200
    assert "Hello &lt;Ana&gt;" in answer.content.decode()
    assert f"/inbox/{cast.room}/" in answer.content.decode()


def test_an_empty_inbox_is_a_page_too(cast: Cast) -> None:
    assert browser(cast.cleo).get("/inbox/").status_code == 200


def test_the_inbox_needs_the_same_queries_however_long(cast: Cast) -> None:
    ana = browser(cast.ana)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ana.get("/inbox/")
        return len(queries)

    say(cast, cast.ben, "hi")
    ana.get("/inbox/")
    before = cost()
    for number in range(5):
        peer = person(f"Peer {number}")
        services.send_message(peer.member, matched(cast.ana, peer).pk, client_id=uuid4(), body="hi")
    assert cost() == before


def test_a_form_sends_and_shows(cast: Cast) -> None:
    ana, url = browser(cast.ana), f"/inbox/{cast.room}/"
    client_id = ana.get(url).context["new_client_id"]
    for _ in range(2):
        answer = ana.post(url, {"client_id": client_id, "body": " Hello Ben "})
        assert (answer.status_code, answer["Location"]) == (302, url)
    assert list(Message.objects.values_list("body", flat=True)) == ["Hello Ben"]
    shown = ana.get(url)
    assert [message["body"] for message in shown.context["messages"]] == ["Hello Ben"]
    assert shown.context["new_client_id"] != client_id


@pytest.mark.parametrize("body", ["", "  ", "x" * 4001, "a\x00b"])
def test_what_is_no_message_comes_back_to_its_writer(cast: Cast, body: str) -> None:
    answer = browser(cast.ana).post(f"/inbox/{cast.room}/", {"client_id": str(uuid4()), "body": body})
    assert answer.status_code == 400
    page = Page(answer.content.decode())
    assert answer.context["error"] in "".join(page.words)
    assert next(dict(form.values)["body"] for form in page.forms if "body" in form.names) == body
    assert not Message.objects.exists()


def test_a_busy_server_keeps_the_words_and_their_id(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from chat.errors import Busy

    def busy(*args: Any, **kwargs: Any) -> None:
        raise Busy

    monkeypatch.setattr(services, "write", busy)
    client_id = str(uuid4())
    answer = browser(cast.ana).post(f"/inbox/{cast.room}/", {"client_id": client_id, "body": "hi"})
    assert (answer.status_code, answer.context["body"], answer.context["new_client_id"]) == (503, "hi", client_id)


def test_showing_is_reading(cast: Cast) -> None:
    say(cast, cast.ben, "one")
    ana = browser(cast.ana)
    first = ana.get(f"/inbox/{cast.room}/")
    assert (first.context["room"]["unread"], first.context["room"]["read_seq"]) == (1, 0)
    assert Membership.objects.get(member=cast.ana.member).read_seq == 1
    assert ana.get(f"/inbox/{cast.room}/").context["room"]["unread"] == 0


def test_the_line_above_what_is_new_stands_once_and_never_above_ones_own_words(cast: Cast) -> None:
    for who, body in ((cast.ana, "mine"), (cast.ben, "theirs"), (cast.ana, "mine again"), (cast.ben, "theirs again")):
        say(cast, who, body)
    ana = browser(cast.ana)
    html = ana.get(f"/inbox/{cast.room}/").content.decode()
    assert html.count('id="unread"') == 1
    assert html.index(">mine<") < html.index('id="unread"') < html.index(">theirs<")
    assert 'id="unread"' not in ana.get(f"/inbox/{cast.room}/").content.decode()


def test_old_messages_come_in_pages(cast: Cast) -> None:
    from chat.frames import Send
    from chat.log import Change, commit

    commit([Change(cast.ana.id, Send(cast.room, uuid4(), str(number))) for number in range(1, 121)])
    ana, query, seen = browser(cast.ana), "", []
    while True:
        context = ana.get(f"/inbox/{cast.room}/{query}").context
        seen = [message["position"] for message in context["messages"]] + seen
        if not context["has_more"]:
            break
        query = f"?before={context['first_position']}"
    assert seen == list(range(1, 121))


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "٣"])
def test_nonsense_for_a_position_is_the_latest_page(cast: Cast, before: str) -> None:
    assert browser(cast.ana).get(f"/inbox/{cast.room}/", {"before": before}).status_code == 200


def test_the_stranger_finds_nothing(cast: Cast) -> None:
    cleo = browser(cast.cleo)
    assert cleo.get(f"/inbox/{cast.room}/").status_code == 404
    assert cleo.post(f"/inbox/{cast.room}/", {"client_id": str(uuid4()), "body": "hi"}).status_code == 404
    assert Client().get("/inbox/").status_code == 302
