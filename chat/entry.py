"""The door of the socket: a ticket in the address, or a browser's session with the exact origin.

Browsers send cookies with sockets that any page opens, so the page's origin has to be this site's: scheme, host and port.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port, validate_host

from accounts import sessions
from accounts.models import Session
from chat.services import redeem_ticket
from ops.errors import NotAuthenticated

DEFAULT_PORTS = {"http": 80, "https": 443}
LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]

Scope = Mapping[str, Any]


class Refused(Exception):
    """The socket is closed with `code`, after it was accepted: clients cannot read the status of a refused handshake."""

    code: ClassVar[int]


class SignInAgain(Refused):
    code = 4401


class NotAllowed(Refused):
    code = 4403


def admit(scope: Scope) -> Session:
    """The session behind a handshake. Raises Refused."""
    session = session_of(scope)
    if not session.member.is_verified:
        raise NotAllowed
    return session


def session_of(scope: Scope) -> Session:
    tickets = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("ticket")
    if tickets:
        return session_of_ticket(tickets[0])
    headers = headers_of(scope)
    origin = headers.get("origin")
    if origin is not None and not is_own_origin(origin, scope, headers):
        raise NotAllowed
    session = session_of_cookie(parse_cookie(headers.get("cookie", "")))
    if origin is None:
        raise NotAllowed
    return session


def headers_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}


def session_of_ticket(ticket: str) -> Session:
    try:
        return redeem_ticket(ticket)
    except NotAuthenticated:
        raise SignInAgain from None


def session_of_cookie(cookies: Mapping[str, str]) -> Session:
    """Reads what the browser's pages read: the cookie, the hash of the password in it, and the session that can be ended."""
    key = cookies.get(settings.SESSION_COOKIE_NAME)
    if not key:
        raise SignInAgain
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    member = get_user(request)
    session = sessions.open_session(request.session.get(sessions.BROWSER_KEY)) if member.is_authenticated else None
    if session is None or session.member_id != member.pk:
        raise SignInAgain
    return session


# --- Origins ---


def is_own_origin(origin: str, scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a page of this site opened the socket: by the host the request names, or by the public address behind a proxy."""
    place = place_of(origin)
    return place is not None and place in {place_of(settings.PUBLIC_URL), place_of_request(scope, headers)}


def place_of(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is no address of the web, such as the origin "null"."""
    try:
        parts = urlsplit(address)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


def place_of_request(scope: Scope, headers: Mapping[str, str]) -> tuple[str, str, int] | None:
    host = headers.get("host", "")
    domain, _ = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or (LOCAL_HOSTS if settings.DEBUG else [])
    if not domain or not validate_host(domain, allowed):
        return None
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", "ws"), "http")
    return place_of(f"{scheme}://{host}")
