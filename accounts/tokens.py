"""Access tokens (JWT, 15 minutes) and refresh tokens (opaque, 14 days, one use, rotated in a family).

An access token names its session, and every request asks whether that session is still open: signing out, suspension and
a changed password take effect with the next request. Why not the usual library: docs/decisions/refresh-tokens.md.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, TypedDict
from uuid import UUID

import jwt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import notices, sessions
from accounts.models import Member, RefreshToken, Session
from accounts.notices import Notice
from ops.errors import NotAuthenticated
from ops.ids import uuid7

ALGORITHM = "HS256"
# How far the clocks of our own hosts may be apart.
CLOCK_SECONDS = 5
ISSUER, AUDIENCE = "alliv", "alliv-api"


class TokenExpired(NotAuthenticated):
    code, detail = "token_expired", "This token has expired."


class TokenRevoked(NotAuthenticated):
    code, detail = "token_revoked", "This token is no longer valid: sign in again."


class TokenReused(NotAuthenticated):
    code, detail = "token_reused", "This refresh token was used before: the whole session has been ended."


class Tokens(TypedDict):
    access: str
    refresh: str
    token_type: str
    expires_in: int


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def access_token(session: Session) -> str:
    now = timezone.now()
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "typ": "access",
        "sub": str(session.member_id),
        "sid": str(session.id),
        "jti": str(uuid7()),
        "iat": now,
        "exp": now + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS),
    }
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)


def issue(session: Session) -> Tokens:
    """A new pair for an open session."""
    refresh = secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS)
    RefreshToken.objects.create(session=session, digest=digest(refresh), expires_at=expires)
    return {"access": access_token(session), "refresh": refresh, "token_type": "Bearer", "expires_in": settings.ACCESS_TOKEN_SECONDS}


def rotate(refresh: str) -> tuple[Session, Tokens]:
    """A new pair for a refresh token, which is dead from then on.

    The counted update lets exactly one of many simultaneous calls through; all others count as reuse and end the family.
    """
    with transaction.atomic():
        token = RefreshToken.objects.select_related("session__member").filter(digest=digest(refresh)).first()
        if token is None:
            raise TokenRevoked
        now = timezone.now()
        won = RefreshToken.objects.filter(id=token.id, used_at=None).update(used_at=now)
        if won:
            return token.session, renewed(token)
    end_family(token.session)
    raise TokenReused


@transaction.atomic
def end_family(session: Session) -> None:
    """Ends the session and tells its member, the first time."""
    if sessions.end(Session.objects.filter(id=session.pk), session.member_id):
        notices.tell(session.member, Notice.TOKEN_REUSED)


def renewed(token: RefreshToken) -> Tokens:
    session = token.session
    if token.expires_at <= timezone.now():
        raise TokenExpired
    if sessions.open_session(session.id) is None:
        raise TokenRevoked
    return issue(session)


def session_of(refresh: str) -> Session | None:
    """The session a refresh token belongs to, whatever state either is in."""
    token = RefreshToken.objects.select_related("session").filter(digest=digest(refresh)).first()
    return token.session if token else None


def read_access_token(token: str) -> dict[str, Any]:
    """The claims of a valid access token. Raises TokenExpired or TokenRevoked."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            settings.SECRET_KEY,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=CLOCK_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]},
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired from None
    except jwt.InvalidTokenError:
        raise TokenRevoked from None
    if claims.get("typ") != "access":
        raise TokenRevoked
    if claims["exp"] <= timezone.now().timestamp():  # the leeway is for clocks that are behind, not for a longer life
        raise TokenExpired
    return claims


def session_of_access_token(token: str) -> Session:
    """The open session behind a token. Raises TokenExpired or TokenRevoked."""
    try:
        session = sessions.open_session(UUID(str(read_access_token(token)["sid"])))
    except (ValueError, TypeError):
        raise TokenRevoked from None
    if session is None:
        raise TokenRevoked
    return session


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; `request.auth` is the session."""

    def authenticate(self, request: Request) -> tuple[Member, Session] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise TokenRevoked
        try:
            token = words[1].decode("ascii")
        except UnicodeDecodeError:
            raise TokenRevoked from None
        session = session_of_access_token(token)
        return session.member, session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BrowserAuthentication(SessionAuthentication):
    """The browser's session with CSRF protection; `LiveSessions` has checked that it is open."""

    def authenticate(self, request: Request) -> tuple[Member, Session | None] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        session_id = request.session.get(sessions.BROWSER_KEY, "")
        return found[0], Session.objects.filter(id=session_id).first() if session_id else None
