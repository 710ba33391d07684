"""Members by way of a provider: found by its id for them, else by a verified address, else made."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import notices, services
from accounts.models import Member, Profile
from accounts.notices import Notice
from accounts.signals import profile_changed
from accounts.signin import Suspended
from ops.errors import Conflict, Forbidden


class NoVerifiedEmail(Forbidden):
    code, detail = "email_not_verified", "The provider knows no verified e-mail address of yours: verify one there first."


class AddressTaken(Conflict):
    code, detail = "conflict", "This address has an account by now: sign in."


@dataclass(frozen=True)
class Identity:
    """What a provider says: its own id for somebody, an address it has verified, and a name."""

    provider: str
    uid: str
    email: str
    name: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def member_of(identity: Identity) -> Member | None:
    """The member behind an identity; None for somebody new. Raises Suspended, also for a closed account."""
    link = SocialAccount.objects.filter(provider=identity.provider, uid=identity.uid).select_related("user").first()
    member = link.user if link else Member.objects.filter(email=identity.email).first()
    if member is None:
        return None
    if not member.is_active or member.is_suspended:
        raise Suspended
    if link is None:
        connect(member, identity)
    return member


@transaction.atomic
def connect(member: Member, identity: Identity) -> None:
    """Both have verified the same address, so they are one person. Where only the provider has, whoever chose the password is kept out."""
    if not member.is_verified:
        member.set_unusable_password()
        member.email_verified_at = timezone.now()
        member.save(update_fields=["password", "email_verified_at"])
        services.log_out_everywhere(member)
        profile_changed.send(Profile, member_ids=[member.pk])
    SocialAccount.objects.get_or_create(provider=identity.provider, uid=identity.uid, defaults={"user": member})
    notices.tell(member, Notice.CONNECTED)


def register(identity: Identity, *, name: str, birthdate: date) -> Member:
    """A verified member without a password; one can be set by mail. Raises AddressTaken."""
    try:
        with transaction.atomic():
            member = Member.objects.create_user(identity.email, None, birthdate=birthdate, email_verified_at=timezone.now())
            Profile.objects.filter(member=member).update(name=name)
            SocialAccount.objects.create(provider=identity.provider, uid=identity.uid, user=member)
            profile_changed.send(Profile, member_ids=[member.pk])
    except IntegrityError:
        raise AddressTaken from None
    return member
