"""The one exception to append-only."""

from django.db.models import QuerySet

from accounts.audit.models import Entry
from accounts.models import Member


def forget(member: Member) -> None:
    """A member leaves: that something about them was looked at or changed stays, what it was does not."""
    QuerySet(Entry).filter(subject=member).update(before=None, after=None)
