"""Sign-ins as rows: begin, look at, end. Access tokens and browser cookies both name one."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from accounts import mails, presence
from accounts.models import Member, Presence, Session
from accounts.signals import access_revoked
from ops.addresses import place_in_words

BROWSER_KEY = "alliv_session"
DEVICES = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Macintosh", "Mac"), ("Windows", "Windows"), ("Linux", "Linux"))
BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
)


def device_of(user_agent: str) -> str:
    """A user agent in a few words: "Firefox on Linux"."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "Unknown app")
    system = next((name for mark, name in DEVICES if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def begin(member: Member, kind: Session.Kind, user_agent: str, place: str = "") -> Session:
    return Session.objects.create(member=member, kind=kind, device=device_of(user_agent[:500]), place=place)


def begin_from(request: HttpRequest | Request, member: Member, kind: Session.Kind) -> Session:
    """A session of whoever sent this request."""
    agent, place = request.headers.get("User-Agent", ""), place_in_words(request)
    with transaction.atomic():
        tell_of_new_device(member, device_of(agent[:500]), place)
        mails.learn_language(member, getattr(request, "LANGUAGE_CODE", ""), chosen=settings.LANGUAGE_COOKIE_NAME in request.COOKIES)
        return begin(member, kind, agent, place)


def tell_of_new_device(member: Member, device: str, place: str) -> None:
    """By mail, unless it is the first one of all."""
    earlier = set(Session.objects.filter(member=member).values_list("device", flat=True).distinct())
    if earlier and device not in earlier:
        mails.write("new_sign_in", member, device=device, place=place, at=timezone.now())


def open_session(session_id: UUID | str | None) -> Session | None:
    """The session with its member while both may still be used."""
    return next(iter(usable([session_id])), None) if session_id is not None else None


def usable(session_ids: Iterable[UUID | str]) -> list[Session]:
    """Those of these sessions that may still be used, with their members, who may as well."""
    rows = Session.objects.filter(id__in=list(session_ids), ended_at=None).select_related("member", "member__presence")
    found = [session for session in rows if session.member.is_active and not session.member.is_suspended]
    note_use(found)
    return found


def note_use(sessions: Iterable[Session]) -> None:
    """Moves `last_used_at` and presence ahead, each at most every half minute: an open socket keeps only the latter fresh."""
    early = a_while_ago()
    if unseen := {session.member_id for session in sessions if last_seen(session.member) < early}:
        presence.touch(sorted(unseen))
    note_used({session.pk: session.last_used_at for session in sessions})


def note_used(before: Mapping[UUID, datetime]) -> None:
    """Moves `last_used_at` ahead, from what it was."""
    early = a_while_ago()
    if unused := [session_id for session_id, at in before.items() if at < early]:
        Session.objects.filter(id__in=unused).update(last_used_at=timezone.now())


def a_while_ago() -> datetime:
    return timezone.now() - timedelta(seconds=presence.TOUCH_EVERY_SECONDS)


def last_seen(member: Member) -> datetime:
    seen: Presence | None = getattr(member, "presence", None)
    return seen.last_seen if seen else datetime.min.replace(tzinfo=UTC)


def open_sessions(member: Member) -> QuerySet[Session]:
    return Session.objects.filter(member=member, ended_at=None)


def end(sessions: QuerySet[Session], member_id: UUID) -> list[UUID]:
    """Ends these sessions of one member; those that were open. Sockets hear of it once it is committed."""
    with transaction.atomic():
        ids = list(sessions.filter(ended_at=None).select_for_update().values_list("id", flat=True))
        Session.objects.filter(id__in=ids).update(ended_at=timezone.now())
        transaction.on_commit(lambda: access_revoked.send_robust(None, member_id=member_id, session_ids=ids), robust=True)
    return ids


class LiveSessions:
    """Signs a browser out whose session was ended elsewhere, and keeps its member's presence; others find it as `browser_session`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session_id = request.session.get(BROWSER_KEY)
        if session_id or request.user.is_authenticated:
            session = open_session(session_id)
            if session is None:
                logout(request)
            request.browser_session = session  # type: ignore[attr-defined]
        return self.get_response(request)
