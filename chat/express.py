"""One message that comes alone, in one trip: where nothing waits behind it, trips are what its sender waits for.

The statement takes the room's next number, proves that the sender may speak and that the message is new, and stores it; it commits by
itself. What is not as it mostly is (a retry, a room that has closed or that somebody else is at, a member who is suspended) it leaves
as it was, to `log`, which waits where it has to and tells what is the matter. What a statement proves is what was true when it
began, so it must not wait.
"""

from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import IntegrityError, connection

from accounts.models import Member
from chat import places
from chat.frames import Send
from chat.models import Membership, Message, Room
from chat.statements import execute, is_postgres, planned

MARKS = ROOM, SENDER = UUID(int=1), UUID(int=2)
TYPES = "uuid, uuid, uuid, uuid, text, timestamptz"
STORE = """
WITH room AS (
    UPDATE {room} SET head = head + 1, last_position = head + 1, active_at = $6
    WHERE match_id = (
        SELECT match_id FROM {room} WHERE match_id = $1 AND closed_at IS NULL AND place = '{place}' FOR NO KEY UPDATE SKIP LOCKED
    ) AND EXISTS ({membership})
    AND NOT EXISTS (SELECT 1 FROM {message} WHERE client_id = $3 AND room_id = $1 AND sender_id = $2)
    RETURNING head
)
INSERT INTO {message} (_id, room_id, sender_id, client_id, position, seq, body, created_at)
SELECT $4, $1, $2, $3, head, head, $5, $6 FROM room RETURNING seq
"""


def is_possible() -> bool:
    """Where one statement is a transaction of its own, and messages are nowhere else than rooms."""
    return is_postgres() and not connection.in_atomic_block and not places.has_mongodb()


def store(sender_id: UUID, frame: Send, now: datetime) -> Message | None:
    """The message as it is stored now; None when nothing was: the reason is for others to find."""
    row = Message(room_id=frame.room, sender_id=sender_id, client_id=frame.client_id, body=frame.body, created_at=now)
    parameters = [row.room_id, row.sender_id, row.client_id, row.pk, row.body, row.created_at]
    try:
        with connection.cursor() as cursor:
            execute(cursor, [planned(sql(), TYPES, parameters)])
            found = cursor.fetchone()
    except IntegrityError:  # another process has stored it since the statement began
        return None
    if found is None:
        return None
    row.position = row.seq = found[0]
    return row


@cache
def sql() -> str:
    tables = {"room": Room._meta.db_table, "message": Message._meta.db_table}
    return STORE.format(**tables, place=places.MAIN, membership=membership())


def membership() -> str:
    """The sender's, both members being in good standing."""
    standing = Member.good_standing("member__"), Member.good_standing("peer__")
    rows = Membership.objects.filter(*standing, room_id=ROOM, member_id=SENDER).values_list("id")
    text, marks = rows.query.sql_with_params()
    return str(text % tuple(f"${MARKS.index(mark) + 1}" for mark in marks))
