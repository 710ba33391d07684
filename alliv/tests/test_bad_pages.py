"""Whatever is sent to whatever page: an answer, and never a failure of ours."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.models import Member
from alliv.tests.routes import NOBODY, patterns
from tests.factories import PASSWORD

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PAGES = sorted({route for route, _ in patterns() if not route.startswith(("api/", "admin/", "django-rq/", "static/"))})
WORDS = [
    "",
    "x",
    "a\x00b",
    "%s {0}",
    "🦊" * 50,
    "x" * 10_000,
    "-1",
    "9" * 5000,
    "nan",
    "[]",
    "01941f29-7f60-7a0a-8a00-0a0a0a0a0a01",
    "//evil.example",
]
NAMES = [
    "next", "cursor", "limit", "field", "skills", "min_hours", "min_score", "within_km", "language", "country", "step", "email", "password",
    "code", "name", "birthdate", "target", "action", "note", "theme", "body", "headline", "links", "hours_per_week", "experience_level",
    "remote_only", "timezone", "visibility", "do", "session", "remove", "old", "new", "alt", "q", "otp", "nonsense",
]  # fmt: skip


def path_of(route: str, word: str) -> str:
    return "/" + re.sub(r"<str:\w+>", word or "x", re.sub(r"<uuid:\w+>", str(NOBODY), route))


def proper(answer: Any) -> None:
    assert answer.status_code < 500 or answer.status_code == 503
    assert answer["X-Request-ID"]
    assert "evil.example" not in answer.get("Location", "").split("?")[0]
    connection.cursor().execute("SELECT 1")


@pytest.fixture
def browsers(ana: Member) -> list[Client]:
    """A stranger's and Ana's."""
    made = [Client(raise_request_exception=False) for _ in range(2)]
    made[1].force_login(ana)
    return made


@pytest.mark.parametrize("route", PAGES)
def test_a_strange_address(route: str, browsers: list[Client]) -> None:
    for browser in browsers:
        for word in WORDS:
            proper(browser.get(path_of(route, "%00" if "\x00" in word else "x"), dict.fromkeys(NAMES, word)))


@pytest.mark.parametrize("route", PAGES)
def test_a_strange_form(route: str, browsers: list[Client], ana: Member) -> None:
    for word in WORDS:
        for browser in browsers:
            proper(browser.post(path_of(route, "x"), dict.fromkeys(NAMES, word)))
            if not Member.objects.filter(pk=ana.pk).exists():
                return
        browsers[1].force_login(ana)
    browser = browsers[1]
    proper(browser.post(path_of(route, "x"), {"file": SimpleUploadedFile("x.jpg", b"no picture")}))
    proper(browser.generic("POST", path_of(route, "x"), b"\xff\xfe", "application/x-www-form-urlencoded"))
    proper(browser.generic("POST", path_of(route, "x"), b"x", "multipart/form-data"))


@pytest.mark.parametrize(
    "path", ["/nothing", "/%00", "/members/x/", "/photos/x/page.webp", "/photos/%00/card.webp", "/photos/x/huge.webp", "/discover"]
)
def test_an_address_that_does_not_exist(path: str, browsers: list[Client]) -> None:
    for browser in browsers:
        answer = browser.generic("GET", path)
        proper(answer)
        assert answer.status_code in (301, 404)


@pytest.mark.parametrize("word", ["x", "logout", "//evil.example", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example"])
def test_a_way_back_that_is_no_address_of_ours_leads_to_discover(word: str, ben: Member, browsers: list[Client]) -> None:
    stranger, ana = browsers
    swiped = ana.post("/discover/swipe/", {"target": str(ben.pk), "action": "pass", "next": word})
    signed_in = stranger.post("/accounts/login/", {"email": ben.email, "password": PASSWORD, "next": word})
    assert (swiped.status_code, swiped["Location"]) == (302, "/discover/")
    assert (signed_in.status_code, signed_in["Location"]) == (302, "/discover/")
