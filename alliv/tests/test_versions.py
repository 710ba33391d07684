"""Versions of the API by header, else by the Accept header's parameter, else the default."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alliv import urls
from alliv.api.versions import HeaderVersioning
from tests.support import refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PATH = "/api/auth/logout"


def ask(client: Any, **headers: str) -> Any:
    return client.post(PATH, {"refresh": "x"}, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Version": "1"},
        {"X-API-Version": "v1"},
        {"X-API-Version": " 1 "},
        {"Accept": "application/json; version=1"},
        {"Accept": "application/json; version=v1"},
        {"Accept": "*/*"},
        {"X-API-Version": "1", "Accept": "application/json; version=9"},
    ],
    ids=str,
)
def test_version_one_answers(headers: dict[str, str], stranger: Any) -> None:
    answer = ask(stranger, **headers)
    assert (answer.status_code, answer["X-API-Version"]) == (204, "1")
    assert {"Accept", "X-API-Version"} <= set(answer["Vary"].split(", "))


@pytest.mark.parametrize("headers", [{"X-API-Version": "2"}, {"X-API-Version": "v"}, {"Accept": "application/json; version=2"}], ids=str)
def test_another_version_is_not_there(headers: dict[str, str], stranger: Any) -> None:
    answer = ask(stranger, **headers)
    assert refused(answer, 406, "unsupported_version")["supported"] == ["1"]
    assert answer["X-API-Version"] == "1"


def test_html_is_not_what_the_api_speaks(stranger: Any) -> None:
    refused(ask(stranger, Accept="text/html"), 406, "not_acceptable")


def test_a_version_that_is_too_long_is_not_repeated_in_full(stranger: Any) -> None:
    assert "x" * 21 not in ask(stranger, **{"X-API-Version": "x" * 1000}).content.decode()


class Greeting(APIView):
    """What a view with two versions looks like."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({"hello": "world"} if request.version == "1" else {"greeting": {"to": "world"}})


urlpatterns = [*urls.urlpatterns, path("api/greeting", Greeting.as_view())]


@pytest.fixture
def two_versions(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second version has come, and the first will end."""
    settings.ROOT_URLCONF = __name__
    settings.API_AGEING = {"1": (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, 12, tzinfo=UTC))}
    monkeypatch.setattr(HeaderVersioning, "allowed_versions", ["1", "2"])


def test_a_version_that_ages_says_since_when_and_until_when(stranger: Any, two_versions: None) -> None:
    for headers in ({}, {"X-API-Version": "1"}):
        answer = stranger.get("/api/greeting", headers=headers)
        assert (answer.json(), answer["X-API-Version"]) == ({"hello": "world"}, "1")
        assert (answer["Deprecation"], answer["Sunset"]) == ("@1798761600", "Thu, 01 Jul 2027 12:00:00 GMT")


def test_the_new_one_answers_beside_it_and_does_not_age(stranger: Any, two_versions: None) -> None:
    answer = stranger.get("/api/greeting", headers={"X-API-Version": "2"})
    assert (answer.json(), answer["X-API-Version"]) == ({"greeting": {"to": "world"}}, "2")
    assert not {"Deprecation", "Sunset"} & set(answer.headers)


def test_no_version_ages_today(stranger: Any) -> None:
    assert not {"Deprecation", "Sunset"} & set(ask(stranger).headers)
