"""The door of the socket: a ticket in the address, or a browser's session with the exact origin.

Browsers send cookies with sockets that any page opens, so the page's origin has to be this site's: scheme, host and port.
"""

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import ClassVar
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from accounts import sessions
from accounts.models import Session
from chat.origins import Scope, is_own_origin, values_of
from chat.selectors import Visitor, visitors
from chat.threads import in_thread


class Refused(Exception):
    """The socket is closed with `code`, after it was accepted: clients cannot read the status of a refused handshake."""

    code: ClassVar[int]


class SignInAgain(Refused):
    code = 4401


class NotAllowed(Refused):
    code = 4403


Redeem = Callable[[str], Awaitable[Visitor | None]]


async def admit(scope: Scope, redeem: Redeem) -> Visitor:
    """Who is behind a handshake. Raises Refused."""
    tickets = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("ticket")
    visitor = await redeem(tickets[0]) if tickets else await in_thread(visitor_with_cookie, scope)
    if visitor is None:
        raise SignInAgain
    if not visitor.is_verified:
        raise NotAllowed
    return visitor


def visitor_with_cookie(scope: Scope) -> Visitor | None:
    session_id = session_of_browser(scope).pk
    return visitors([session_id]).get(session_id)


def session_of_browser(scope: Scope) -> Session:
    own = is_own_origin(scope)
    if not own and values_of(scope, "origin"):
        raise NotAllowed
    session = session_of_cookie(parse_cookie("; ".join(values_of(scope, "cookie"))))
    if not own:
        raise NotAllowed
    return session


def headers_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}


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
