"""The rows that two acts share."""

from uuid import UUID

from accounts.models import Member
from ops.errors import NotFound


def pair(a: UUID, b: UUID) -> dict[UUID, Member]:
    """Locks two members in the order of their ids until the transaction ends; both by id. Raises NotFound.

    Whatever two members do to one another (like, block, unmatch) passes here first. SQLite needs no row lock: a write
    transaction holds the only write lock from its beginning.
    """
    rows = Member.objects.select_for_update(no_key=True).filter(id__in=[a, b]).order_by("id")
    found = {member.pk: member for member in rows}
    if len(found) != 2:
        raise NotFound
    return found
