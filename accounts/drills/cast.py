"""People in an empty database, with what they sign in with: what `Installation.tell` asks for."""

from datetime import date
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts import sessions, tokens
from accounts.models import Member, Profile, Session, Visibility

PASSWORD = "a drill's harbour 72"


@transaction.atomic
def people(count: int) -> list[dict[str, Any]]:
    hashed = make_password(PASSWORD)
    return [person(f"member{number:04}@drill.alliv.test", hashed) for number in range(count)]


def person(email: str, hashed: str) -> dict[str, Any]:
    member = Member.objects.create_user(email, birthdate=date(1990, 1, 1), email_verified_at=timezone.now())
    Member.objects.filter(pk=member.pk).update(password=hashed)
    Profile.objects.filter(member=member).update(name="Ana", visibility=Visibility.PUBLIC)
    pair = tokens.issue(sessions.begin(member, Session.Kind.TOKEN, "drill"))
    return {"email": email, "access": pair["access"], "refresh": pair["refresh"]}
