"""What the API answers to other methods than those of its operations, and to browsers from elsewhere."""

from typing import Any

import pytest

from accounts.models import Member
from alliv.tests.routes import api_routes
from tests.support import api, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

ELSEWHERE = {
    "Origin": "https://elsewhere.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


def test_options_names_the_methods_and_nobody_else_is_let_in(ana: Member) -> None:
    answer = api(ana).options("/api/swipes", headers=ELSEWHERE)
    assert answer.status_code == 200
    assert set(answer["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_preflight_comes_without_credentials_and_is_given_nothing(stranger: Any) -> None:
    answer = stranger.options("/api/swipes", headers=ELSEWHERE)
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    refused(answer, 401, "not_authenticated")


def test_head_is_get_without_a_body(ana: Member) -> None:
    for path in ("/api/me", "/api/discover", "/api/fields", "/api/schema/"):
        got, head = api(ana).get(path), api(ana).head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head["Content-Type"] == got["Content-Type"]


def test_a_method_that_is_not_there_is_405_and_says_which_are(sam: Member) -> None:
    for route, methods in api_routes().items():
        if "put" in methods or "<" in route:
            continue
        answer = api(sam).put(f"/{route}", {})
        refused(answer, 405, "method_not_allowed")
        assert {method.upper() for method in methods} <= set(answer["Allow"].split(", "))
