"""Sign-ins can be looked at and ended, wherever they are."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import Member, Session
from accounts.signals import access_revoked
from ops.models import Mail
from tests.factories import PASSWORD, SessionFactory
from tests.support import Api, api, refused, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def browser(ana: Member) -> Client:
    """Ana's browser, signed in through the page."""
    client = Client(headers={"User-Agent": "Firefox/130 (Macintosh)"})
    answer = client.post("/accounts/login/", {"email": "ana@example.org", "password": PASSWORD})
    assert answer.status_code == 302
    return client


def test_all_open_ones_are_listed_and_one_is_the_current(ana: Member, ben: Member, browser: Client) -> None:
    SessionFactory(member=ana, ended_at=timezone.now())
    SessionFactory(member=ben)
    client = api(ana)
    rows = client.get("/api/auth/sessions").json()["results"]
    assert {row["device"]: (row["kind"], row["current"]) for row in rows} == {
        "Firefox on Mac": ("browser", False),
        "Firefox on Linux": ("token", True),
    }
    assert set(rows[0]) == {"id", "kind", "device", "place", "created_at", "last_used_at", "current"}
    in_browser = browser.get("/api/auth/sessions").json()["results"]
    assert {row["device"]: row["current"] for row in in_browser} == {"Firefox on Mac": True, "Firefox on Linux": False}


def test_one_is_ended_by_its_id(ana: Member) -> None:
    here, there = api(ana), api(ana)
    path = f"/api/auth/sessions/{there.session_row.pk}"
    assert here.delete(path).status_code == 204
    refused(there.get("/api/me"), 401, "token_revoked")
    refused(here.delete(path), 404, "not_found")
    assert here.get("/api/me").status_code == 200


def test_somebody_else_s_cannot_be_ended(ana: Member, ben: Member) -> None:
    other = api(ben)
    refused(api(ana).delete(f"/api/auth/sessions/{other.session_row.pk}"), 404, "not_found")
    assert other.get("/api/me").status_code == 200


def test_a_browser_whose_session_was_ended_elsewhere_is_signed_out(ana: Member, browser: Client) -> None:
    assert browser.get("/discover/").status_code == 200
    sessions.end(Session.objects.filter(kind="browser"), ana.pk)
    assert browser.get("/discover/")["Location"].startswith("/accounts/login/")
    refused(browser.get("/api/me"), 401, "not_authenticated")


@pytest.mark.parametrize("state", [{"suspended_at": timezone.now()}, {"is_active": False}])
def test_a_suspended_member_s_browser_is_signed_out(state: dict[str, Any], ana: Member, browser: Client) -> None:
    update(ana, **state)
    refused(browser.get("/api/me"), 401, "not_authenticated")


def test_signing_out_ends_the_session(ana: Member, browser: Client) -> None:
    browser.post("/accounts/logout/")
    assert not sessions.open_sessions(ana).exists()


def test_somebody_else_who_signs_in_on_the_staff_s_site_ends_the_session_before(ana: Member, sam: Member, browser: Client) -> None:
    browser.post("/admin/login/?next=/admin/", {"username": sam.email, "password": PASSWORD})
    assert not sessions.open_sessions(ana).exists()
    assert sessions.open_sessions(sam).count() == 1


def test_a_browser_session_without_a_row_is_none(ana: Member, browser: Client) -> None:
    store = browser.session
    del store[sessions.BROWSER_KEY]
    store.save()
    refused(browser.get("/api/me"), 401, "not_authenticated")


def test_a_browser_needs_the_csrf_token_to_write(ana: Member) -> None:
    browser = Api(enforce_csrf_checks=True)
    browser.force_login(ana)
    assert browser.get("/api/me").status_code == 200
    refused(browser.patch("/api/me", {"headline": "x"}), 403, "forbidden")
    token = browser.get("/settings/profile/").context["csrf_token"]
    assert browser.patch("/api/me", {"headline": "x"}, headers={"X-CSRFToken": str(token)}).status_code == 200


def test_sockets_hear_of_the_end_after_the_commit(ana: Member, committed: Any) -> None:
    heard: list[dict[str, Any]] = []
    session = SessionFactory(member=ana)

    def listen(sender: object, **news: Any) -> None:
        heard.append(news)

    access_revoked.connect(listen)
    try:
        with committed():
            sessions.end(Session.objects.filter(pk=session.pk), ana.pk)
            assert heard == []
    finally:
        access_revoked.disconnect(listen)
    assert [(news["member_id"], news["session_ids"]) for news in heard] == [(ana.pk, [session.pk])]


def test_use_is_noted_at_most_every_half_minute(ana: Member) -> None:
    client = api(ana)
    client.get("/api/fields")
    first = Session.objects.get().last_used_at
    client.get("/api/fields")
    assert Session.objects.get().last_used_at == first


def test_a_session_in_use_is_noted_although_another_keeps_the_member_online(ana: Member) -> None:
    there, here = api(ana), api(ana)
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.update(last_used_at=long_ago)
    there.get("/api/fields")
    here.get("/api/fields")
    assert min(Session.objects.values_list("last_used_at", flat=True)) > long_ago


def test_who_uses_the_api_is_online(ana: Member, ben: Member) -> None:
    assert api(ana).get(f"/api/profiles/{ben.pk}").json()["online"] is False
    api(ben).get("/api/me")
    seen = api(ana).get(f"/api/profiles/{ben.pk}").json()
    assert seen["online"] is True
    assert seen["last_seen"].endswith("Z")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "this computer"),
        ("192.168.1.20", "a local network"),
        ("8.8.4.4", "network 8.8.4.0"),
        ("2a00:1450:4001:81b::200e", "network 2a00:1450:4001:81b::"),
        ("::1", "this computer"),
        ("", ""),
    ],
)
def test_the_place_of_a_sign_in_is_told_in_words_and_never_as_an_address(address: str, words: str, ana: Member) -> None:
    Api().post("/api/auth/login", {"email": ana.email, "password": PASSWORD}, REMOTE_ADDR=address)
    [row] = api(ana).get("/api/auth/sessions").json()["results"][1:]
    assert row["place"] == words


def test_a_device_that_is_new_is_told_of_by_mail_and_the_first_one_is_not(ana: Member, browser: Client) -> None:
    assert not Mail.objects.exists()
    for _ in range(2):
        answer = Client(headers={"User-Agent": "curl/8"}).post(
            "/api/auth/login", {"email": "ana@example.org", "password": PASSWORD}, content_type="application/json"
        )
        assert answer.status_code == 200
    mail = Mail.objects.get()
    assert (mail.to, mail.purpose) == ("ana@example.org", "new_sign_in")
    assert "curl" in mail.text
