"""Who may keep an answer."""

from typing import Any

import pytest

from accounts.models import Member
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize("path", ["/api/me", "/api/matches", "/api/nowhere", "/api/skill-compatibility"])
def test_what_a_member_reads_is_kept_by_nobody_in_between(path: str, ana: Member) -> None:
    assert api(ana).get(path)["Cache-Control"] == "private, no-cache"


def test_what_signs_in_is_kept_by_nobody(ana: Member, stranger: Any) -> None:
    answer = stranger.post("/api/auth/login", {"email": ana.email, "password": "correct horse 42 battery"})
    assert answer.json()["access"]
    assert answer["Cache-Control"] == "no-store"
