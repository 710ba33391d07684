"""The frame around every page, the front page, the page for developers, and the pages for what went wrong."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
import yaml
from django.test import Client

from accounts import services as accounts
from accounts.models import Member
from alliv.api.codes import stable_codes
from alliv.api.openapi import OPERATIONS
from matching import services
from matching.models import Swipe
from ops.errors import Unavailable
from tests.browser import Browser
from tests.factories import SwipeFactory
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOBODY = UUID("00000000-0000-7000-8000-000000000000")


def test_the_front_page_shows_an_example_and_the_way_in() -> None:
    browser = Browser().open("/")
    assert "Maya" in browser.text
    assert {"Log in", "Join"} <= {text for text, _ in browser.page.links}


def test_the_front_page_needs_no_session() -> None:
    assert "sessionid" not in Browser().open("/").answer.cookies


def test_the_frame_counts_what_waits(ana: Member, ben: Member) -> None:
    SwipeFactory(actor=ben, target=ana)
    context = Browser(ana).open("/settings/").answer.context
    assert (context["invitations_total"], context["unread_total"], context["viewer"]["name"]) == (1, 0, "Ana Ferreira")


def test_pages_tell_times_in_the_members_zone_and_the_api_in_utc(ana: Member, ben: Member) -> None:
    accounts.save_profile(ana, {"timezone": "Asia/Jakarta"})
    SwipeFactory(actor=ben, target=ana)
    told = Browser(ana).open("/invitations/").answer.content.decode()
    assert re.search(r'<time datetime="[^"]+\+07:00"', told)
    assert api(ana).get("/api/invitations").json()["results"][0]["created_at"].endswith("Z")


def test_the_numbers_alone_are_there_for_pages_that_stay_open(ana: Member, ben: Member) -> None:
    SwipeFactory(actor=ben, target=ana)
    assert Browser(ana).client.get("/counts/").json() == {"unread": 0, "invitations": 1}


def test_the_worker_keeps_the_offline_page_and_files_only() -> None:
    answer = Client().get("/sw.js")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/javascript", "no-cache")
    kept = json.loads(re.search(r"FILES = (.*);", answer.content.decode()).group(1))  # type: ignore[union-attr]
    assert [path for path in kept if not path.startswith("/static/")] == ["/offline/"]
    assert "You are offline" in Browser().open("/offline/").text


def test_only_staff_see_the_way_to_their_pages(ana: Member, sam: Member) -> None:
    assert "Staff pages" in Browser(sam).open("/settings/").text
    assert "Staff pages" not in Browser(ana).open("/settings/").text


@pytest.mark.parametrize(("path", "heading"), [("/", "Alliv: find"), ("/developers/", "Build on Alliv"), ("/accounts/signup/", "Join")])
def test_who_passes_a_public_page_on_shows_what_it_is(path: str, heading: str) -> None:
    html = Browser().open(path).answer.content.decode()
    assert f'<link rel="canonical" href="http://testserver{path}">' in html
    assert f'<meta property="og:title" content="{heading}' in html
    assert "noindex" not in html


@pytest.mark.parametrize("path", ["/discover/", "/settings/", "/matches/"])
def test_no_search_engine_keeps_a_members_page(path: str, ana: Member) -> None:
    html = Browser(ana).open(path).answer.content.decode()
    assert ('content="noindex"' in html, "og:" in html) == (True, False)


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/discover/"])
def test_every_page_is_guarded(path: str, ana: Member) -> None:
    answer = Browser(ana if path == "/discover/" else None).open(path).answer
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert answer["X-Request-ID"]


def test_a_page_never_claims_a_language_it_does_not_speak() -> None:
    assert '<html lang="en"' in Browser(**{"accept-language": "fr"}).open("/accounts/login/").answer.content.decode()


def test_the_components_are_shown_on_development_servers_only(settings: Any) -> None:
    assert "Not sent" in Browser().open("/dev/components").text
    settings.PRODUCTION = True
    assert Browser().open("/dev/components", status=404)


# --- For developers ---


def test_developers_find_every_operation_and_every_code() -> None:
    browser = Browser().open("/developers/")
    for told in ("/api/swipes", "/api/auth/register", "/api/photos", "OpenAPI", "already_swiped", "not_found", "too_many_photos"):
        assert told in browser.text
    html = browser.answer.content.decode()
    assert html.count('id="error-') == len(stable_codes()) == html.count('<dt id="')
    assert html.count('<dd id="operation-') == len(OPERATIONS)
    for told in ("Send a message.", "room_closed", "heartbeat", "another horse 43 stable"):
        assert told in browser.text


def test_the_socket_s_description_is_there_to_be_fetched() -> None:
    answer = Client().get("/asyncapi.yaml")
    assert answer["Content-Type"] == "application/yaml"
    assert yaml.safe_load(answer.content)["asyncapi"] == "3.0.0"


# --- What went wrong ---


@pytest.mark.parametrize("path", ["/nowhere", "/members/nonsense/", "/inbox/1/", "/photos/x/page.webp", "/admin/nowhere/", "/%00"])
def test_what_is_not_there_is_a_page_for_people(path: str, sam: Member) -> None:
    browser = Browser(sam).open(path, status=404)
    assert browser.answer["Content-Type"] == "text/html; charset=utf-8"
    assert browser.answer["X-Request-ID"] in browser.text


@pytest.mark.parametrize("path", ["/nowhere", "/members/00000000-0000-7000-8000-000000000000/"])
def test_the_embedded_default_does_not_list_its_addresses(path: str, ana: Member, settings: Any) -> None:
    settings.DEBUG = True
    browser = Browser(ana).open(path, status=404)
    assert "There is nothing here" in browser.text
    assert "URLconf" not in browser.text


def test_below_api_it_is_a_problem_instead() -> None:
    answer = Client().get("/api/nowhere")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_form_from_elsewhere_is_refused(ana: Member, ben: Member) -> None:
    answer = Browser(ana).client.post("/discover/swipe/", {"target": ben.pk, "action": "like"})
    assert (answer.status_code, "This is not open to you" in answer.content.decode()) == (403, True)
    assert not Swipe.objects.exists()


def test_a_problem_of_a_form_becomes_a_toast_where_one_was(ana: Member, ben: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(ana).open("/discover/?limit=5")

    def busy(*args: Any) -> None:
        raise Unavailable

    monkeypatch.setattr(services, "swipe", busy)
    browser.press("Like")
    assert browser.path == "/discover/?limit=5"
    assert Unavailable.detail in browser.text
    assert Unavailable.detail not in browser.open("/discover/").text


@pytest.mark.parametrize("referer", ["", "https://evil.example/", "//evil.example"])
def test_a_problem_without_a_page_to_go_back_to_is_a_page(referer: str, ana: Member) -> None:
    client = Client()
    client.force_login(ana, backend="accounts.signin.EmailBackend")
    answer = client.post(f"/members/{ana.pk}/block/", headers={"referer": referer})
    assert (answer.status_code, "<!doctype html>" in answer.content.decode()) == (400, True)


def test_what_is_not_there_stays_a_404_also_for_a_form(ana: Member) -> None:
    client = Client()
    client.force_login(ana, backend="accounts.signin.EmailBackend")
    answer = client.post("/discover/undo/", {"target": NOBODY}, headers={"referer": "http://testserver/discover/"})
    assert answer.status_code == 404


def test_what_breaks_is_a_page_that_tells_nothing(ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.pages.portrait", lambda *args: 1 / 0)
    client = Client(raise_request_exception=False)
    client.force_login(ana, backend="accounts.signin.EmailBackend")
    answer = client.get(f"/members/{NOBODY}/", headers={"accept": "text/html"})
    assert (answer.status_code, "text/html" in answer["Content-Type"]) == (500, True)
    assert "ZeroDivisionError" not in answer.content.decode()


def test_too_many_of_something_says_so(settings: Any) -> None:
    settings.LIMITS_ENABLED = True
    client = Client(REMOTE_ADDR="198.51.100.77")
    codes = [client.post("/accounts/reset/", {"email": "nobody@example.org"}).status_code for _ in range(4)]
    assert codes == [302, 302, 302, 429]
