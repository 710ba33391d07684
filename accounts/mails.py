"""Mails to members, each in the language its reader was last known to read."""

from typing import Any

from accounts.models import Member, Profile
from ops import outbox
from ops.models import Mail


def write(purpose: str, member: Member, *, unsubscribe: str = "", **context: Any) -> Mail:
    """Posts `templates/emails/<purpose>` to the member, with the caller's transaction."""
    language = Profile.objects.filter(member=member).values_list("mail_language", flat=True).first() or ""
    return outbox.post(purpose, to=member.email, context=context, language=language, unsubscribe=unsubscribe)


def learn_language(member: Member, language: str, *, chosen: bool) -> None:
    """Takes the language of a sign-in where none is known, or where it was `chosen` in the browser, not only asked for by it."""
    unknown = {} if chosen else {"mail_language": ""}
    Profile.objects.filter(member=member, **unknown).update(mail_language=language)
