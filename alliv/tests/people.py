"""Everybody who may knock, and one object of each kind that belongs to Ana."""

from dataclasses import dataclass
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts import codes, tokens
from accounts.models import EmailCode, Member, Session
from chat import services as chat
from matching import services as matching
from matching.models import SkillPair
from media import services as media
from media.tests.pictures import photo
from ops import devmail
from tests.factories import ANA, BEN, CLEO, SAM, BlockFactory, MemberFactory, SessionFactory, UploadFactory
from tests.support import Api


@dataclass
class Person:
    """Somebody with an access token and a browser; nobody in particular without a member."""

    member: Member | None
    api: Api
    browser: Client
    refresh: str = ""

    @property
    def email(self) -> str:
        return self.member.email if self.member else "nobody@example.org"


def anonymous() -> Person:
    return Person(None, Api(raise_request_exception=False), Client(raise_request_exception=False))


def signed_in(member: Member) -> Person:
    person = anonymous()
    pair = tokens.issue(SessionFactory(member=member))
    person.member, person.refresh = member, pair["refresh"]
    person.api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    person.browser.force_login(member)
    return person


@dataclass
class World:
    """Who is who, and the words that stand for objects in addresses."""

    people: dict[str, Person]
    names: dict[str, str]

    def member(self, name: str) -> Member:
        member = self.people[name].member
        assert member
        return member


def world() -> World:
    """Ana and Ben are matched and have talked, Cleo is a stranger, Ana blocked Dan, Eve is suspended, Kim is staff without any right, Sam is staff."""
    members = {
        "ana": MemberFactory(**ANA),
        "ben": MemberFactory(**BEN),
        "cleo": MemberFactory(**CLEO),
        "dan": MemberFactory(email="dan@example.org", profile__name="Dan Blocked"),
        "eve": MemberFactory(email="eve@example.org", profile__name="Eve Suspended"),
        "kim": MemberFactory(email="kim@example.org", profile__name="Kim Clerk", is_staff=True),
        "sam": MemberFactory(**SAM),
    }
    people = {"nobody": anonymous(), **{name: signed_in(member) for name, member in members.items()}}
    ana, ben = members["ana"], members["ben"]
    Member.objects.filter(pk=members["eve"].pk).update(suspended_at=timezone.now())
    BlockFactory(blocker=ana, blocked=members["dan"])
    picture = media.add_photo(ana, photo())
    coming = UploadFactory(member=ana)
    matching.swipe(ana, ben.pk, "like")
    match = matching.swipe(ben, ana.pk, "like")[1]
    assert match
    message = chat.send_message(ana, match.pk, client_id=uuid4(), body="Hello Ben").message
    pair = SkillPair.objects.order_by("id").first()
    session = Session.objects.filter(member=ana).first()
    assert pair
    assert session
    (devmail.folder() / "hello.eml").write_text("Subject: Hello\n\nHello Ana\n")
    names = {
        "member_id": ana.pk,
        "session_id": session.pk,
        "photo_id": picture.pk,
        "upload_id": coming.pk,
        "match_id": match.pk,
        "room_id": match.pk,
        "message_id": message["id"],
        "pair_id": pair.pk,
        "key": picture.key,
        "variant": "card",
        "name": "hello",
        "provider": "github",
        "word": "no-link-of-ours",
    }
    return World(people, {name: str(value) for name, value in names.items()})


def code_for(member: Member | None, purpose: EmailCode.Purpose) -> str:
    return (codes.issue(member, purpose) if member else None) or "000000"


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("me.jpg", photo())
