"""The cast: Ana and Ben match, Cleo is the stranger, Sam is staff."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import sessions, tokens
from accounts.models import Member, Profile, Session
from accounts.signals import account_closed
from chat import services, tickets
from matching.models import Match


@dataclass
class Person:
    member: Member
    session: Session

    @property
    def id(self) -> UUID:
        return self.member.pk

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.access_token(self.session)}"}

    @property
    def api(self) -> Client:
        return Client(headers=self.headers)

    def ticket(self) -> str:
        return tickets.issue(self.session)


def person(name: str, **fields: object) -> Person:
    email = f"{name.lower()}-{uuid4().hex[:6]}@example.org"
    member = Member.objects.create_user(email, birthdate=date(1990, 1, 1), email_verified_at=timezone.now(), **fields)
    Profile.objects.filter(member=member).update(name=name)
    return Person(member, sessions.begin(member, Session.Kind.TOKEN, "test"))


def matched(one: Person, other: Person) -> Match:
    """A match with its room, as two likes make it."""
    first, second = sorted([one.member, other.member], key=lambda member: member.pk)
    with transaction.atomic():
        match = Match.objects.create(member_a=first, member_b=second)
        services.open_room(match)
    return match


def close_account(who: Person) -> None:
    """What accounts does once the password is right."""
    with transaction.atomic():
        account_closed.send(Member, member=who.member)
        who.member.delete()


@dataclass
class Cast:
    ana: Person
    ben: Person
    cleo: Person
    sam: Person
    room: UUID


def assemble() -> Cast:
    ana, ben, cleo, sam = person("Ana"), person("Ben"), person("Cleo"), person("Sam", is_staff=True)
    return Cast(ana, ben, cleo, sam, matched(ana, ben).pk)
