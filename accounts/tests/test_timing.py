"""What an answer takes tells nobody who is a member: a known and an unknown address cost the same questions to the database."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from tests.factories import MemberFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

CASES: dict[str, dict[str, str]] = {
    "login": {"password": "wrong"},
    "password/reset": {},
    "password/reset/confirm": {"code": "123456", "password": "an other harbour 72"},
    "verify-email": {"code": "123456"},
    "verify-email/resend": {},
}


def questions(client: Any, path: str, email: str) -> list[str]:
    """The statements of one request, without what they ask for."""
    with CaptureQueriesContext(connection) as asked:
        client.post(f"/api/auth/{path}", {"email": email, **CASES[path]})
    return [" ".join(query["sql"].split()[:3]) for query in asked.captured_queries]


def test_a_known_address_writes_as_much_at_the_door_of_new_members_and_nothing_stays(stranger: Any, ana: Member) -> None:
    body = {"password": "an other harbour 72", "name": "Ana", "birthdate": "1990-01-01"}

    def written(email: str) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            assert stranger.post("/api/auth/register", {"email": email, **body}).status_code == 201
        verbs = (query["sql"].split()[0] for query in asked.captured_queries)
        return sorted(verb for verb in verbs if verb in {"INSERT", "UPDATE"})

    failed = ["INSERT"]  # the one that finds out
    assert written(ana.email) == sorted([*failed, *written("nobody@example.org")])
    assert set(Member.objects.values_list("email", flat=True)) == {ana.email, "nobody@example.org"}


@pytest.mark.parametrize("path", CASES)
def test_a_known_address_costs_what_an_unknown_one_costs(path: str, stranger: Any, ana: Member) -> None:
    waiting = MemberFactory(email="waiting@example.org", email_verified_at=None)
    unknown = questions(stranger, path, "nobody@example.org")
    assert unknown
    assert [questions(stranger, path, member.email) for member in (ana, waiting)] == [unknown, unknown]
