"""Numbers that grow by one with every published change: how a process learns that what it holds in memory is old.

All of them are read by one small query. A writer keeps the row locked until it commits, so a reader that sees a number
also sees every change with a smaller one: without that, two overlapping transactions could commit out of order.
"""

from django.db import connection
from django.db.models import F

from ops.models import Revision


def lock(name: str) -> Revision:
    """Locks the row until the transaction ends: whoever publishes `name` next has to wait."""
    Revision.objects.get_or_create(name=name)
    return Revision.objects.select_for_update().get(name=name)


def bump(name: str) -> int:
    """The next number of `name`. Call it inside the transaction that makes the change, as its last lock."""
    if not Revision.objects.filter(name=name).update(number=F("number") + 1):
        lock(name)
        return bump(name)
    return Revision.objects.values_list("number", flat=True).get(name=name)


def current() -> dict[str, int]:
    """Every number as it is committed now; a name that never changed is missing. Plain SQL: nearly every request asks."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, number FROM {Revision._meta.db_table}")  # noqa: S608 - the name of a table
        return dict(cursor.fetchall())
