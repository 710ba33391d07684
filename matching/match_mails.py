"""The mail about a match, to who is away when it is made: one, because a match is made once. It names nobody.

The address that stops these mails works for whoever holds it, without signing in: mail programs press it for their reader.
"""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts import mails, presence, services
from accounts.models import Member, Profile
from ops.errors import NotFound

SALT = "match mails"


def tell_who_is_away(member: Member) -> None:
    if presence.online_among([member.pk]) or not Profile.objects.filter(member=member, match_mails=True).exists():
        return
    mails.write("match", member, unsubscribe=settings.PUBLIC_URL + reverse("stop-match-mails", args=[word_for(member.pk)]))


def word_for(member_id: UUID) -> str:
    return signing.dumps(str(member_id), salt=SALT)


def reader_of(word: str) -> Member:
    """The member whose mail had this word. Raises NotFound."""
    try:
        return Member.objects.get(pk=signing.loads(word, salt=SALT))
    except (signing.BadSignature, Member.DoesNotExist):
        raise NotFound from None


def stop(word: str) -> None:
    services.save_profile(reader_of(word), {"match_mails": False})
