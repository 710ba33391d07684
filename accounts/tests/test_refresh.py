"""Refresh tokens: one use each; a second use ends the whole family."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import Member, RefreshToken, Session
from ops.models import Mail
from tests.factories import SessionFactory
from tests.support import race, refused, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def session(ana: Member) -> Session:
    return SessionFactory(member=ana)


def refresh(stranger: Any, token: str) -> Any:
    return stranger.post("/api/auth/refresh", {"refresh": token})


def test_a_refresh_token_gives_a_new_pair_of_the_same_session(stranger: Any, session: Session) -> None:
    old = tokens.issue(session)
    new = refresh(stranger, old["refresh"]).json()
    assert set(new) == {"access", "refresh", "token_type", "expires_in", "member"}
    assert new["refresh"] != old["refresh"]
    assert tokens.read_access_token(new["access"])["sid"] == str(session.pk)


def test_a_second_use_ends_the_whole_family(stranger: Any, session: Session) -> None:
    first = tokens.issue(session)["refresh"]
    child = refresh(stranger, first).json()
    refused(refresh(stranger, first), 401, "token_reused")
    refused(refresh(stranger, child["refresh"]), 401, "token_revoked")
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {child['access']}")
    refused(stranger.get("/api/me"), 401, "token_revoked")


def test_its_member_is_told_of_a_second_use_once(stranger: Any, session: Session) -> None:
    token = tokens.issue(session)["refresh"]
    for _ in range(3):
        refresh(stranger, token)
    assert [(mail.to, mail.subject) for mail in Mail.objects.all()] == [("ana@example.org", "A session of yours was ended")]


def test_other_sessions_of_the_member_live_on(stranger: Any, session: Session) -> None:
    other = tokens.issue(SessionFactory(member=session.member))["refresh"]
    first = tokens.issue(session)["refresh"]
    refresh(stranger, first)
    refresh(stranger, first)
    assert refresh(stranger, other).status_code == 200


def test_an_expired_one_says_so_and_is_not_used_up(stranger: Any, session: Session) -> None:
    token = tokens.issue(session)["refresh"]
    RefreshToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        refused(refresh(stranger, token), 401, "token_expired")


@pytest.mark.parametrize("state", [{"suspended_at": timezone.now()}, {"is_active": False}])
def test_who_is_suspended_or_closed_gets_no_new_pair(state: dict[str, Any], stranger: Any, session: Session) -> None:
    token = tokens.issue(session)["refresh"]
    update(session.member, **state)
    refused(refresh(stranger, token), 401, "token_revoked")


def test_a_deleted_member_s_token_is_nobody_s(stranger: Any, session: Session) -> None:
    token = tokens.issue(session)["refresh"]
    session.member.delete()
    refused(refresh(stranger, token), 401, "token_revoked")


@pytest.mark.parametrize("kind", ["unknown", "access"])
def test_what_is_no_refresh_token_is_refused(kind: str, stranger: Any, session: Session) -> None:
    token = {"unknown": "x" * 43, "access": tokens.access_token(session)}[kind]
    assert refresh(stranger, token).status_code in (400, 401)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_exactly_one_succeeds_and_the_family_ends(session: Session) -> None:
    token = tokens.issue(session)["refresh"]
    outcomes = race(*[partial(tokens.rotate, token)] * 20)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["TokenReused"] * 19 + ["tuple"]
    session.refresh_from_db()
    assert session.ended_at is not None
    assert RefreshToken.objects.filter(session=session).count() == 2
    assert Mail.objects.count() == 1
