"""How old the newest verified backup is: for the metric, the warning of readiness and the staff's first page."""

from datetime import timedelta

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone

from ops.backup import store
from ops.backup.bucket import Unreachable

STALE = timedelta(hours=26)  # made daily, and one may take a while
PATIENCE_SECONDS, KEPT_SECONDS = 3, 60


def age() -> timedelta | None:
    """None where there is no backup, or a bucket does not answer."""
    newest = name()
    return timezone.now() - store.made_at(newest) if newest else None


def is_stale() -> bool:
    found = age()
    return found is None or found > STALE


def name() -> str | None:
    """Of the newest; each was verified before it got one. A bucket is asked once a minute."""
    if not str(settings.BACKUP_DIR).startswith("s3://"):
        return store.newest()
    known = caches["here"].get("newest backup")
    if known is None:
        try:
            known = store.newest(patience=PATIENCE_SECONDS) or ""
        except Unreachable:
            known = ""
        caches["here"].set("newest backup", known, KEPT_SECONDS)
    return str(known) or None
