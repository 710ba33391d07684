"""Exports: asked for, made by a job, kept for a week behind links of an hour."""

import secrets
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.core import signing
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import mails, sessions
from accounts.models import Member, Session
from accounts.privacy import archive
from accounts.privacy.models import Export
from ops import jobs
from ops.errors import NotFound

KEPT = timedelta(days=7)
LINK_SECONDS = 3600
# By then a job that still waits has died: asking again begins anew.
GIVEN_UP = timedelta(hours=1)
IN_MEMORY = 8 * 1024 * 1024
SALT = "accounts.privacy.export"


@dataclass(frozen=True)
class Link:
    """The path of the file for the session it was made for, and until when."""

    path: str
    expires_at: datetime


def request_export(member: Member) -> Export:
    """Promises a new export, which replaces the one before. One that is being made already is not begun twice."""
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        current = Export.objects.filter(member=member).first()
        if current is not None and current.status == Export.Status.PROCESSING and current.created_at > timezone.now() - GIVEN_UP:
            return current
        if current is not None:
            current.delete()
        fresh = Export.objects.create(member=member)
        jobs.promise("accounts.privacy.services.make_export", str(fresh.pk))
    return fresh


def make_export(export_id: str) -> None:
    """Writes the file and tells the member. Run a second time, or for somebody who has left, it does nothing."""
    export = Export.objects.filter(id=export_id, status=Export.Status.PROCESSING).select_related("member").first()
    if export is None:
        return
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as made:
        archive.write(export.member, made)
        made.seek(0)
        name = default_storage.save(f"exports/{secrets.token_urlsafe(32)}.zip", File(made))
    with transaction.atomic():
        waiting = Export.objects.filter(id=export.pk, status=Export.Status.PROCESSING)
        if waiting.update(status=Export.Status.READY, file=name, expires_at=timezone.now() + KEPT):
            mails.write("export_ready", export.member, days=KEPT.days)
            return
    default_storage.delete(name)


def export_of(member: Member) -> Export | None:
    """The latest export, unless it has had its time."""
    export = Export.objects.filter(member=member).first()
    expired = export is not None and export.expires_at is not None and export.expires_at <= timezone.now()
    return None if expired else export


def link_for(export: Export, session: Session | None) -> Link | None:
    """A link that works for an hour, and only while this session is open. None while there is no file."""
    if export.expires_at is None or session is None:
        return None
    word = signing.dumps({"export": str(export.pk), "session": str(session.pk)}, salt=SALT)
    expires = min(export.expires_at, timezone.now() + timedelta(seconds=LINK_SECONDS))
    return Link(reverse("export-file", args=[word]), expires)


def open_link(word: str, asker: UUID | None) -> IO[bytes]:
    """The file behind a link. Raises NotFound for a forged, old or signed-out one, and for any other member who asks."""
    try:
        named = signing.loads(word, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        raise NotFound from None
    session = sessions.open_session(named["session"])
    export = Export.objects.filter(id=named["export"], member=session.member_id, expires_at__gt=timezone.now()).first() if session else None
    if export is None or asker not in (None, export.member_id):
        raise NotFound
    try:
        return default_storage.open(export.file)
    except FileNotFoundError:
        raise NotFound from None
