"""Every change that a request of staff makes, and every page that it shows, becomes an entry of the audit by itself.

The middleware says whose request it is; the signals of saved and deleted rows do the rest, inside the transaction of the change. So no
page, form or action of the staff's site can forget it. What is kept are the columns that differ, and never those that the site withholds.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from accounts.audit.models import Entry
from accounts.models import Member
from ops.context import request_id
from ops.models import Job, Mail

Act = Entry.Act
STAFF_PATHS = ("/admin/", "/api/admin/")
NO_LOOKS = ("/admin/login/", "/admin/logout/", "/admin/jsi18n/")
# Nobody needs them to see what was done, and they tell more than they should.
NEVER = {"password", "last_login", "updated_at"}
# Made by what staff do, not by staff.
CAUSED = (Mail, Job)

_request: ContextVar[HttpRequest | None] = ContextVar("staff_request", default=None)


class Recording:
    """Middleware, behind the one that knows who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(STAFF_PATHS):
            return self.get_response(request)
        token = _request.set(request)
        try:
            response = self.get_response(request)
            if request.method == "GET" and response.status_code == 200 and not request.path.startswith(NO_LOOKS):
                look(request)
            return response
        finally:
            _request.reset(token)


def actor() -> Member | None:
    """The member of staff whose request this is."""
    user = getattr(_request.get(), "user", None)
    return user if isinstance(user, Member) and user.is_staff else None


def look(request: HttpRequest) -> None:
    if (who := actor()) is None:
        return
    object_id = str((request.resolver_match.kwargs if request.resolver_match else {}).get("object_id", ""))
    Entry.objects.create(
        actor=who, act=Act.LOOK, path=request.path[:200], object_id=object_id[:64], subject_id=member_id(object_id), request_id=request_id()
    )


def member_id(text: str) -> UUID | None:
    """The member whose page it is; None for pages of anything else."""
    try:
        wanted = UUID(text)
    except ValueError:
        return None
    return wanted if Member.objects.filter(pk=wanted).exists() else None


def note(act: Entry.Act, row: Model, before: Any = None, after: Any = None) -> None:
    """Notes what the staff of this request did to a row; nothing when it is nobody's of staff."""
    who = actor()
    if who is not None:
        request = _request.get()
        Entry.objects.create(
            actor=who,
            act=act,
            what=row._meta.label_lower,
            object_id=str(row.pk)[:64],
            subject_id=subject_of(row),
            path=request.path[:200] if request else "",
            before=before,
            after=after,
            request_id=request_id(),
        )


def subject_of(row: Model) -> UUID | None:
    if isinstance(row, Member):
        return row.pk
    found: UUID | None = getattr(row, "member_id", None) or getattr(row, "subject_id", None)
    return found


# --- Rows that are saved and deleted ---


@lru_cache(maxsize=1)
def kept() -> dict[type[Model], set[str]]:
    """What is recorded: whatever the staff's site shows, with the columns that it withholds."""
    found: dict[type[Model], set[str]] = {}
    for model, site in admin.site._registry.items():
        found[model] = NEVER | set(getattr(site, "withheld", ()))
        found.update({inline.model: NEVER for inline in site.inlines})
    found.pop(Entry, None)
    return found


def withheld(row: Model) -> set[str] | None:
    """The columns to leave out; None when nothing is to be recorded."""
    return kept().get(type(row)) if actor() is not None else None


def values(row: Model, without: set[str]) -> dict[str, Any]:
    return {field.name: plain(field.value_from_object(row)) for field in row._meta.concrete_fields if field.name not in without}


def plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return DjangoJSONEncoder().default(value) if not isinstance(value, bytes | memoryview) else "…"


def before_saving(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    without = withheld(instance)
    if without is not None:
        row = sender._default_manager.filter(pk=instance.pk).first() if not instance._state.adding else None
        instance.audit_before = values(row, without) if row else None  # type: ignore[attr-defined]


def after_saving(sender: type[Model], instance: Model, created: bool, **kwargs: Any) -> None:
    without = withheld(instance)
    if without is None or (created and isinstance(instance, CAUSED)):
        return
    before, after = getattr(instance, "audit_before", None), values(instance, without)
    if before is None:
        note(Act.ADD, instance, None, after)
    elif different := {name for name in after if before.get(name) != after[name]}:
        note(Act.CHANGE, instance, only(before, different), only(after, different))


def before_deleting(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    without = withheld(instance)
    if without is not None:
        note(Act.DELETE, instance, {} if isinstance(instance, Member) else values(instance, without))


def only(row: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in sorted(names)}


def related(sender: Any, instance: Model, action: str, pk_set: set[Any] | None, **kwargs: Any) -> None:
    """Rights, groups and whatever else hangs on a row by a table between."""
    if action in {"post_add", "post_remove", "pre_clear"} and withheld(instance) is not None:
        change = {sender._meta.label_lower: sorted(map(str, pk_set or [])) or "all"}
        gone = action != "post_add"
        note(Act.CHANGE, instance, change if gone else None, None if gone else change)
