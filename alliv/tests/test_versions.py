"""Versions of the API by header, else by the Accept header's parameter, else the default."""

from typing import Any

import pytest

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
