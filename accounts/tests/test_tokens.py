"""Access tokens: only ours, only fresh, only while their session is open."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from accounts import tokens
from accounts.models import Member, Session
from accounts.tokens import read_access_token
from tests.factories import SessionFactory
from tests.support import api, refused, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def session(ana: Member) -> Session:
    return SessionFactory(member=ana)


def forged(session: Session, key: str | None = None, algorithm: str = "HS256", **changes: Any) -> str:
    """A token like ours but for `changes`; None leaves a claim out."""
    claims = {**jwt.decode(tokens.access_token(session), options={"verify_signature": False}), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, settings.SECRET_KEY if key is None else key, algorithm=algorithm)


def ask(stranger: Any, token: str, scheme: str = "Bearer") -> Any:
    stranger.credentials(HTTP_AUTHORIZATION=f"{scheme} {token}")
    return stranger.get("/api/me")


def unsigned(session: Session) -> str:
    """A header that says there is no signature, and none."""
    _, claims, _ = tokens.access_token(session).split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{head}.{claims}."


def test_a_token_says_who_and_which_session_and_nothing_else(session: Session) -> None:
    claims = read_access_token(tokens.access_token(session))
    assert set(claims) == {"iss", "aud", "typ", "sub", "sid", "jti", "iat", "exp"}
    assert (claims["sub"], claims["sid"], claims["exp"] - claims["iat"]) == (str(session.member_id), str(session.pk), 900)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme: str, stranger: Any, session: Session) -> None:
    assert ask(stranger, tokens.access_token(session), scheme).status_code == 200


FORGERIES: dict[str, Any] = {
    "no algorithm": unsigned,
    "another key": lambda session: forged(session, key="k" * 50),
    "another key and algorithm": lambda session: forged(session, key="k" * 64, algorithm="HS512"),
    "another algorithm": lambda session: forged(session, algorithm="HS512"),
    "another audience": lambda session: forged(session, aud="other"),
    "no audience": lambda session: forged(session, aud=None),
    "another issuer": lambda session: forged(session, iss="other"),
    "another type": lambda session: forged(session, typ="refresh"),
    "no type": lambda session: forged(session, typ=None),
    "no session": lambda session: forged(session, sid=None),
    "a session that is no id": lambda session: forged(session, sid="x"),
    "a session that is no text": lambda session: forged(session, sid=5),
    "a session that never was": lambda session: forged(session, sid="01941f29-7f60-7a0a-8a00-000000000000"),
    "no expiry": lambda session: forged(session, exp=None),
    "from the future": lambda session: forged(session, iat=int(time.time()) + 3600),
    "a changed letter": lambda session: tokens.access_token(session)[:-2] + "xx",
    "a refresh token": lambda session: tokens.issue(session)["refresh"],
    "nonsense": lambda session: "a.b.c",
    "two words": lambda session: "a b",
    "no ASCII": lambda session: "é",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forgery_opens_nothing(forge: Any, stranger: Any, session: Session) -> None:
    answer = ask(stranger, forge(session))
    refused(answer, 401, "token_revoked")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_clock_that_is_seconds_behind_takes_a_token_that_is_just_made(claim: str, stranger: Any, session: Session) -> None:
    assert ask(stranger, forged(session, **{claim: int(time.time()) + 3})).status_code == 200
    refused(ask(stranger, forged(session, **{claim: int(time.time()) + 60})), 401, "token_revoked")


def test_an_expired_token_says_so(stranger: Any, session: Session) -> None:
    refused(ask(stranger, forged(session, iat=int(time.time()) - 1000, exp=int(time.time()) - 1)), 401, "token_expired")


@pytest.mark.parametrize("state", [{"suspended_at": timezone.now()}, {"is_active": False}])
def test_who_is_suspended_or_closed_is_out_with_the_next_request(state: dict[str, Any], stranger: Any, session: Session) -> None:
    token = tokens.access_token(session)
    assert ask(stranger, token).status_code == 200
    update(session.member, **state)
    refused(ask(stranger, token), 401, "token_revoked")


def test_an_ended_session_s_token_is_dead(stranger: Any, session: Session) -> None:
    pair = tokens.issue(session)
    assert stranger.post("/api/auth/logout", {"refresh": pair["refresh"]}).status_code == 204
    refused(ask(stranger, pair["access"]), 401, "token_revoked")
    refused(stranger.post("/api/auth/refresh", {"refresh": pair["refresh"]}), 401, "token_revoked")


def test_logging_out_with_nonsense_is_fine(stranger: Any) -> None:
    assert stranger.post("/api/auth/logout", {"refresh": "nonsense"}).status_code == 204


def test_logging_out_everywhere_ends_every_session(ana: Member, ben: Member) -> None:
    here, there, ben_s = api(ana), api(ana), api(ben)
    assert here.post("/api/auth/logout-all").status_code == 204
    for client in (here, there):
        refused(client.get("/api/me"), 401, "token_revoked")
    assert ben_s.get("/api/me").status_code == 200


def test_without_any_token_one_is_asked_to_sign_in(stranger: Any) -> None:
    answer = stranger.get("/api/me")
    refused(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_other_schemes_are_not_ours(stranger: Any, session: Session) -> None:
    refused(ask(stranger, tokens.access_token(session), "Basic"), 401, "not_authenticated")


def test_no_token_is_kept_as_it_is(session: Session) -> None:
    pair = tokens.issue(session)
    kept = session.refresh_tokens.get()
    assert pair["refresh"] not in vars(kept).values()
    assert len(kept.digest) == 64
