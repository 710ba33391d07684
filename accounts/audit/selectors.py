"""Reading the audit."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.audit.models import Entry


def entries(*, actor: str = "", act: str = "", about: str = "", request: str = "", since: datetime | None = None) -> "QuerySet[Entry]":
    """Newest first. `actor` is an address; `about` an address, or the id of any row."""
    found = Entry.objects.select_related("actor", "subject")
    if actor:
        found = found.filter(actor__email=actor.lower())
    if act:
        found = found.filter(act=act)
    if about:
        found = found.filter(Q(subject__email=about.lower()) if "@" in about else named(about))
    if request:
        found = found.filter(request_id=request)
    if since:
        found = found.filter(created_at__gte=since)
    return found


def named(row_id: str) -> Q:
    try:
        return Q(object_id=row_id) | Q(subject_id=UUID(row_id))
    except ValueError:
        return Q(object_id=row_id)
