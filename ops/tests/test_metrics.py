"""Metrics are for whoever shows the token."""

from typing import Any

import pytest

from accounts.models import Member

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def token(settings: Any) -> str:
    settings.METRICS_TOKEN = "a-long-random-token"
    return "a-long-random-token"


def test_the_token_opens_them(stranger: Any, token: str) -> None:
    answer = stranger.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert b"django_http_requests_total" in answer.content


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer wrong", "Basic a-long-random-token", "Bearer é"])
def test_nobody_else_finds_such_a_page(shown: str, stranger: Any, token: str) -> None:
    assert stranger.get("/metrics", headers={"Authorization": shown}).status_code == 404


@pytest.mark.parametrize("shown", ["", "Bearer "])
def test_without_a_token_there_is_no_such_page(shown: str, stranger: Any, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert stranger.get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_labels_are_routes_and_not_addresses(stranger: Any, token: str, ana: Member) -> None:
    stranger.get(f"/api/profiles/{ana.pk}")
    content = stranger.get("/metrics", headers={"Authorization": f"Bearer {token}"}).content.decode()
    assert str(ana.pk) not in content
