"""Signing in: one rule for the API, the pages and the admin."""

from typing import Any

from django.contrib.auth import login as start_browser_session
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import sessions
from accounts.models import Member, Session
from accounts.permissions import EmailNotVerified
from ops.errors import Forbidden, NotAuthenticated


class InvalidCredentials(NotAuthenticated):
    code, detail = "invalid_credentials", "This e-mail address and password do not belong together."


class Suspended(Forbidden):
    code, detail = "suspended", "This account is suspended."


class EmailBackend(ModelBackend):
    """Django's own, with the address compared in lower case."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any) -> Any:
        email = username or kwargs.get("email") or ""
        return super().authenticate(request, username=email.strip().lower(), password=password)

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(super().user_can_authenticate(user) and not user.is_suspended)


def check_password(email: str, password: str) -> Member:
    """The member with this pair. Raises InvalidCredentials, EmailNotVerified or Suspended.

    An unknown address costs one hash as well, so that the time an answer takes tells nothing.
    """
    member = Member.objects.filter(email=email.strip().lower(), is_active=True).first()
    if member is None:
        make_password(password)
        raise InvalidCredentials
    if not member.check_password(password):
        raise InvalidCredentials
    check_standing(member)
    return member


def check_standing(member: Member) -> None:
    """Whether somebody who has shown who they are may come in. Raises InvalidCredentials, EmailNotVerified or Suspended."""
    if not member.is_active:
        raise InvalidCredentials
    if not member.is_verified:
        raise EmailNotVerified
    if member.is_suspended:
        raise Suspended


def sign_in_browser(request: HttpRequest, member: Member) -> None:
    start_browser_session(request, member, backend="accounts.signin.EmailBackend")


@receiver(user_logged_in)
def remember_browser(sender: object, request: HttpRequest, user: Member, **kwargs: Any) -> None:
    """Every browser sign-in, the admin's too, becomes a session that can be listed and ended, and ends the one it follows."""
    earlier: Session | None = getattr(request, "browser_session", None)
    if earlier is not None:
        sessions.end(Session.objects.filter(pk=earlier.pk), earlier.member_id)
    session = sessions.begin_from(request, user, Session.Kind.BROWSER)
    request.session[sessions.BROWSER_KEY] = str(session.id)


@receiver(user_logged_out)
def forget_browser(sender: object, request: HttpRequest, user: Member | None, **kwargs: Any) -> None:
    if user is not None and (session_id := request.session.get(sessions.BROWSER_KEY)):
        sessions.end(Session.objects.filter(id=session_id, member=user), user.pk)
