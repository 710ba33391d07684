"""Pairs of matched people in an empty database, with what they sign in with: what `Installation.tell` asks for."""

from typing import Any

from django.db import transaction

from accounts import sessions, tokens
from accounts.models import Profile, Session
from accounts.signals import profile_changed
from chat.drills.conversation import matched, somebody


def people(pairs: int) -> list[dict[str, Any]]:
    return [person for number in range(pairs) for person in pair(number)]


@transaction.atomic
def pair(number: int) -> list[dict[str, Any]]:
    two = somebody(f"Ana{number}"), somebody(f"Ben{number}")
    profile_changed.send(Profile, member_ids=[member.pk for member in two])
    room = str(matched(*two))
    begun = [(member, sessions.begin(member, Session.Kind.TOKEN, "drill")) for member in two]
    return [{"member": str(member.pk), "room": room, "access": tokens.access_token(session)} for member, session in begun]
