"""Members of staff: made from the command line, who may work, and who has a say over whom."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone

from accounts.mfa import services as mfa
from accounts.models import Member, Profile, Visibility

# Staff are not asked for their age; the column has to hold something.
BIRTHDATE = date(1990, 1, 1)


class Unknown(ValueError):
    """A permission or group that does not exist."""


def permission_named(name: str) -> Permission:
    """`matching.change_skillpair` as a row. Raises Unknown."""
    app, _, codename = name.partition(".")
    found = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
    if found is None:
        raise Unknown(f"There is no permission {name!r}; they look like matching.change_skillpair.")
    return found


def group_named(name: str) -> Group:
    found = Group.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True)) or "none"
        raise Unknown(f"There is no group {name!r}; there are: {known}.")
    return found


@transaction.atomic
def create_staff(
    email: str, password: str, *, permissions: Iterable[Permission] = (), groups: Iterable[Group] = (), superuser: bool = False
) -> Member:
    """A verified member who may sign in at /admin/ and is seen by nobody. Raises IntegrityError for an address that has an account."""
    member = Member.objects.create_user(
        email, password, birthdate=BIRTHDATE, email_verified_at=timezone.now(), is_staff=True, is_superuser=superuser
    )
    Profile.objects.filter(member=member).update(visibility=Visibility.HIDDEN)
    member.user_permissions.set(permissions)
    member.groups.set(groups)
    return member


def may_work(member: Member) -> bool:
    """Whether this is staff, with a second factor where one is demanded of them: a password alone opens too much."""
    return member.is_staff and not lacks_second_factor(member)


def lacks_second_factor(member: Member) -> bool:
    return bool(settings.STAFF_SECOND_FACTOR and not mfa.is_on(member))


def has_say_over(actor: object, member: Member) -> bool:
    """Only superusers decide about members of staff: who could change the address of one could take their place."""
    return not member.is_staff or bool(getattr(actor, "is_superuser", False))
