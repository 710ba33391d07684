"""The door of the socket: tickets once, cookies only from our own pages, and codes that clients can read."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from accounts import sessions
from accounts.models import Session
from chat.models import Ticket
from chat.origins import is_own_origin
from chat.tests.cast import Cast, Person
from chat.tests.server import Chat
from ops.housekeeping import sweep
from tests.support import race

pytestmark = pytest.mark.integration


def cookie_of(who: Person) -> dict[str, str]:
    browser = Client()
    browser.force_login(who.member)
    return {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}


def test_a_ticket_lets_in_once(server: str, live_cast: Cast) -> None:
    ticket = live_cast.ana.ticket()
    with Chat(server, query=f"?ticket={ticket}") as ana:
        assert ana.enter()["session"] == str(live_cast.ana.session.pk)
    with Chat(server, query=f"?ticket={ticket}") as again:
        assert again.code() == 4401


def old(ticket: str) -> None:
    Ticket.objects.update(expires_at=timezone.now())


def session_ended(ticket: str) -> None:
    session = Session.objects.get(pk=Ticket.objects.get().session_id)
    sessions.end(Session.objects.filter(pk=session.pk), session.member_id)


def suspended(ticket: str) -> None:
    Ticket.objects.get().session.member.__class__.objects.update(suspended_at=timezone.now())


@pytest.mark.parametrize("spoil", [old, session_ended, suspended])
def test_a_spoilt_ticket_is_worth_nothing(server: str, live_cast: Cast, spoil: Callable[[str], None]) -> None:
    ticket = live_cast.ana.ticket()
    spoil(ticket)
    with Chat(server, query=f"?ticket={ticket}") as chat:
        assert chat.code() == 4401


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=nonsense", "?token=x", f"?ticket={UUID(int=1)}"])
def test_without_credentials(server: str, query: str) -> None:
    with Chat(server, query=query) as chat:
        assert chat.code() == 4401


def test_an_access_token_in_the_address_is_no_credential(server: str, live_cast: Cast) -> None:
    access = live_cast.ana.headers["Authorization"].split()[1]
    for query in (f"?ticket={access}", f"?access={access}", f"?token={access}"):
        with Chat(server, query=query) as chat:
            assert chat.code() == 4401


def test_a_browser_comes_in_from_our_own_page(server: str, live_cast: Cast) -> None:
    with Chat(server, origin=f"http://{server}", additional_headers=cookie_of(live_cast.ana)) as ana:
        assert ana.enter()["member"] == str(live_cast.ana.id)


def test_a_browser_comes_in_through_a_proxy_at_the_public_address(server: str, live_cast: Cast, settings: Any) -> None:
    settings.PUBLIC_URL = "https://alliv.example"
    with Chat(server, origin="https://alliv.example", additional_headers=cookie_of(live_cast.ana)) as ana:
        ana.enter()


@pytest.mark.parametrize(
    "origin", ["https://{host}", "http://{host}0", "http://127.0.0.1:1", "https://evil.example", "null", None, "http://127.0.0.1"]
)
def test_pages_of_others_are_turned_away(server: str, live_cast: Cast, origin: str | None) -> None:
    shown = origin.format(host=server) if origin else None
    with Chat(server, origin=shown, additional_headers=cookie_of(live_cast.ana)) as chat:
        assert chat.code() == 4403


def test_a_host_that_is_not_ours_proves_nothing(server: str, live_cast: Cast) -> None:
    headers = {**cookie_of(live_cast.ana), "Host": "evil.example"}
    with Chat(server, origin="http://evil.example", additional_headers=headers) as chat:
        assert chat.code() == 4403


def test_a_cookie_without_a_session(server: str, live_cast: Cast) -> None:
    with Chat(server, origin=f"http://{server}", additional_headers={"Cookie": "sessionid=nonsense"}) as chat:
        assert chat.code() == 4401


def test_an_unverified_member_may_not_talk(server: str, live_cast: Cast) -> None:
    type(live_cast.ana.member).objects.filter(pk=live_cast.ana.id).update(email_verified_at=None)
    with Chat(server, live_cast.ana) as ana:
        assert ana.code() == 4403


def asks(origin: object = "https://inside", host: object = "inside", scheme: str = "wss") -> bool:
    """Whether a handshake with these headers, none, one or several, comes from a page of ours."""
    told = {"origin": origin, "host": host}
    headers = [
        (name.encode(), value.encode())
        for name, values in told.items()
        for value in ([values] if isinstance(values, str) else values or [])
    ]
    return is_own_origin({"scheme": scheme, "headers": headers})


def test_an_origin_has_scheme_host_and_port(settings: Any) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://alliv.example", ["inside", ".several.example", "[::1]"]
    assert asks()
    assert asks(host="inside:443")
    assert asks(host="INSIDE")
    assert asks("https://inside:8443", "inside:8443")
    assert asks("http://inside", scheme="ws")
    assert asks("https://one.several.example", "one.several.example")
    assert asks("https://[::1]:8000", "[::1]:8000")
    assert asks("https://alliv.example")
    assert not asks("http://inside")
    assert not asks("https://inside:8443")
    assert not asks("https://inside", "inside:8443")
    assert not asks("https://alliv.example.evil.example")


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", None, "https://", "inside", "//inside", "wss://inside", "file://inside", "https:inside", "https://inside:x", "https://inside:",
        "https://inside.", "https://Inside", "HTTPS://inside", "https://inside/", "https://inside?", "https://inside#", "https://inside:443",
        "https://inside:0443", "https://ana@inside", "https://ana:x@inside", "https://inside@evil.example", "https://evil.example#@inside",
        " https://inside", "https://inside ", "https://inside\t", "https://inside https://inside", "https://inside, https://evil.example",
        "https://inside\\@evil.example", "https://ins%69de", "https://inside\u00ad", "https://\uff49nside",
        ["https://inside", "https://inside"], ["https://inside", "https://evil.example"], ["https://evil.example", "https://inside"],
    ],
)  # fmt: skip
def test_an_origin_written_in_any_other_way_is_not_ours(settings: Any, origin: object) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://inside", ["inside"]
    assert not asks(origin)


@pytest.mark.parametrize(
    "host", ["inside.", "ana@inside", "inside/", "inside:x", "", None, ["inside", "inside"], ["inside", "evil.example"]]
)
def test_a_host_written_in_any_other_way_proves_nothing(settings: Any, host: object) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://alliv.example", ["inside"]
    assert not asks("https://inside", host)


def test_a_ticket_lets_one_of_many_in(server: str, live_cast: Cast) -> None:
    ticket = live_cast.ana.ticket()

    def knock() -> object:
        with Chat(server, query=f"?ticket={ticket}") as chat:
            try:
                return chat.next(5)["type"]
            except ConnectionClosed:
                return chat.code()

    codes = race(*[knock] * 20)
    assert sorted(map(str, codes)) == ["4401"] * 19 + ["hello"]


def test_unused_tickets_are_swept(cast: Cast) -> None:
    cast.ana.ticket()
    assert sweep()["tickets"] == 0
    old("")
    assert sweep()["tickets"] == 1


def test_tickets_and_tokens_stay_out_of_the_servers_log(server: str, live_cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    """A client that puts its access token there by mistake is refused, and must not leave it in the log."""
    ticket, access = live_cast.ana.ticket(), live_cast.ana.headers["Authorization"].split()[1]
    with caplog.at_level("INFO"):
        with Chat(server, query=f"?ticket={ticket}&x=1") as ana:
            ana.enter()
        with Chat(server, query=f"?token={access}") as mistaken:
            assert mistaken.code() == 4401
    assert "/ws/chat?…" in caplog.text
    assert ticket not in caplog.text
    assert access not in caplog.text
