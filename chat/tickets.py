"""The way into the socket for clients without a cookie: a ticket that is good once, for 30 seconds, for the session that asked for it."""

import json
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import Session
from accounts.tokens import digest
from chat.models import Ticket
from chat.selectors import Visitor, visitors
from chat.statements import execute, is_postgres, planned

LIFE_SECONDS = 30
TAKE = """
DELETE FROM {table} WHERE id IN (
    SELECT id FROM {table} WHERE digest IN ({digests}) AND expires_at > {now} ORDER BY id {lock}
) RETURNING digest, session_id
"""
POSTGRES = TAKE.format(table=Ticket._meta.db_table, digests="SELECT unnest($1)", now="$2", lock="FOR UPDATE")
SQLITE = TAKE.format(table=Ticket._meta.db_table, digests="SELECT value FROM json_each(%s)", now="%s", lock="")


def issue(session: Session) -> str:
    """Only its digest is kept."""
    ticket = secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(seconds=LIFE_SECONDS)
    Ticket.objects.create(session=session, digest=digest(ticket), expires_at=expires)
    return ticket


def redeem(tickets: Sequence[str]) -> list[Visitor | None]:
    """Of each ticket whom it lets in; None for what is no ticket. Of many that come with the same one gets in."""
    session_ids = take({digest(ticket) for ticket in tickets}, timezone.now())
    found = visitors(session_ids.values())
    redeemed = [session_ids.pop(digest(ticket), None) for ticket in tickets]
    return [found.get(session_id) if session_id else None for session_id in redeemed]


def take(digests: Collection[str], now: datetime) -> dict[str, UUID]:
    """Session ids by digest: in one statement, so that nobody else has them, in an order in which nobody waits for one another."""
    with connection.cursor() as cursor:
        if is_postgres():
            execute(cursor, [planned(POSTGRES, "text[], timestamptz", [list(digests), now])])
        else:
            cursor.execute(SQLITE, [json.dumps(list(digests)), connection.ops.adapt_datetimefield_value(now)])
        return {name: UUID(str(session_id)) for name, session_id in cursor.fetchall()}
