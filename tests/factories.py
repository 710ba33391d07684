"""Rows for tests, one factory a model. What a test does not say is complete, verified and valid."""

import hashlib
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import factory
import numpy as np
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.audit.models import Entry
from accounts.mfa.models import Passkey, RecoveryCode, SecondFactor
from accounts.mfa.sealing import seal
from accounts.models import Block, EmailCode, Member, Presence, Profile, RefreshToken, Session
from accounts.moderation.models import Decision, Report
from accounts.places import cell_of
from accounts.privacy.models import Export
from accounts.signals import profile_changed
from accounts.trust.models import Fact, Standing
from accounts.vocabulary.models import Field, FieldGroup, Skill, SkillAlias, UnknownSkill
from chat.models import LogHome, Membership, Message, Room, Ticket
from matching.curation.models import Draft, DraftChange, WordVector
from matching.features import DIMENSIONS
from matching.models import Boost, Embedding, FieldSynergy, Match, MatrixVersion, PopulationChange, SkillPair, Swipe, UndoneLike, Weights
from media.models import OldPhoto, Photo, Upload
from ops.legacy.models import Import, Origin
from ops.models import IdempotencyKey, Job, Mail, Revision

PASSWORD = "correct horse 42 battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_hash: list[str] = []


def hashed() -> str:
    """The hash of PASSWORD, computed once: hashing is slow on purpose."""
    if not _hash:
        _hash.append(make_password(PASSWORD))
    return _hash[0]


def field(name: str) -> Field:
    return Field.objects.get(name=name)


# --- Accounts ---


class ProfileFactory(DjangoModelFactory[Profile]):
    class Meta:
        model = Profile

    name = factory.Sequence(lambda n: f"Member {n}")
    headline = "Builds calm software"
    bio = "I have made small tools for small teams for ten years, and I like to finish things."
    field = factory.LazyFunction(lambda: field("Software Development"))
    role = "Developer"
    skills = factory.LazyFunction(lambda: ["Python", "Django", "PostgreSQL"])
    wanted_skills = factory.LazyFunction(lambda: ["Figma"])
    interests = factory.LazyFunction(lambda: ["climbing"])
    values = factory.LazyFunction(lambda: ["Honesty"])
    work_styles = factory.LazyFunction(lambda: ["Async first"])
    languages = factory.LazyFunction(lambda: ["en"])
    experience_level = "senior"
    hours_per_week = 20
    country = "PT"
    city = "Lisbon"
    timezone = "Europe/Lisbon"
    cell = cell_of(38.72, -9.14)


class MemberFactory(DjangoModelFactory[Member]):
    """A complete, verified member. `profile__…` sets what they say; `profile=None` leaves it out."""

    class Meta:
        model = Member
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"member{n}@example.org")
    password = factory.LazyFunction(hashed)
    birthdate = date(1990, 1, 1)
    email_verified_at = factory.LazyFunction(timezone.now)
    profile = factory.RelatedFactory(ProfileFactory, factory_related_name="member")

    @factory.post_generation
    def tell(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """The rooms above hear of the member, as they do of one who signs up."""
        if create:
            with transaction.atomic():
                profile_changed.send(Profile, member_ids=[self.pk])


class PresenceFactory(DjangoModelFactory[Presence]):
    class Meta:
        model = Presence

    last_seen = factory.LazyFunction(timezone.now)
    online_until = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=1))


class SessionFactory(DjangoModelFactory[Session]):
    class Meta:
        model = Session

    member = factory.SubFactory(MemberFactory)
    kind = Session.Kind.TOKEN
    device = "Firefox on Linux"


class RefreshTokenFactory(DjangoModelFactory[RefreshToken]):
    class Meta:
        model = RefreshToken

    session = factory.SubFactory(SessionFactory)
    digest = factory.LazyFunction(lambda: hashlib.sha256(uuid4().bytes).hexdigest())
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class EmailCodeFactory(DjangoModelFactory[EmailCode]):
    class Meta:
        model = EmailCode

    member = factory.SubFactory(MemberFactory, email_verified_at=None)
    purpose = EmailCode.Purpose.VERIFY
    digest = "0" * 64
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=10))


class BlockFactory(DjangoModelFactory[Block]):
    class Meta:
        model = Block

    blocker = factory.SubFactory(MemberFactory)
    blocked = factory.SubFactory(MemberFactory)


class SecondFactorFactory(DjangoModelFactory[SecondFactor]):
    """One that is on; its app's secret is SECRET."""

    class Meta:
        model = SecondFactor

    member = factory.SubFactory(MemberFactory)
    secret = factory.LazyFunction(lambda: seal(SECRET))
    confirmed_at = factory.LazyFunction(timezone.now)


class PasskeyFactory(DjangoModelFactory[Passkey]):
    """One that no device has."""

    class Meta:
        model = Passkey

    member = factory.SubFactory(MemberFactory)
    name = "A phone"
    credential_id = factory.LazyFunction(lambda: uuid4().hex)
    credential = b"none"


class RecoveryCodeFactory(DjangoModelFactory[RecoveryCode]):
    class Meta:
        model = RecoveryCode

    member = factory.SubFactory(MemberFactory)
    digest = factory.LazyFunction(lambda: hashlib.sha256(uuid4().bytes).hexdigest())


class ReportFactory(DjangoModelFactory[Report]):
    class Meta:
        model = Report

    reporter = factory.SubFactory(MemberFactory)
    subject = factory.SubFactory(MemberFactory)
    reason = Report.Reason.SPAM
    details = "Sends the same advertisement to everybody."


class DecisionFactory(DjangoModelFactory[Decision]):
    class Meta:
        model = Decision

    subject = factory.SubFactory(MemberFactory)
    kind = Decision.Kind.WARN


class FactFactory(DjangoModelFactory[Fact]):
    class Meta:
        model = Fact

    member = factory.SubFactory(MemberFactory)
    kind = Fact.Kind.WARNED


class StandingFactory(DjangoModelFactory[Standing]):
    class Meta:
        model = Standing

    member = factory.SubFactory(MemberFactory)
    score = 40


class ExportFactory(DjangoModelFactory[Export]):
    class Meta:
        model = Export

    member = factory.SubFactory(MemberFactory)


# --- The vocabulary and the matrix ---


class FieldGroupFactory(DjangoModelFactory[FieldGroup]):
    class Meta:
        model = FieldGroup

    name = factory.Sequence(lambda n: f"group {n}")


class FieldFactory(DjangoModelFactory[Field]):
    class Meta:
        model = Field

    name = factory.Sequence(lambda n: f"Field {n}")


class SkillFactory(DjangoModelFactory[Skill]):
    class Meta:
        model = Skill

    name = factory.Sequence(lambda n: f"Skill {n}")


class SkillAliasFactory(DjangoModelFactory[SkillAlias]):
    class Meta:
        model = SkillAlias

    skill = factory.SubFactory(SkillFactory)
    name = factory.Sequence(lambda n: f"Alias {n}")


class UnknownSkillFactory(DjangoModelFactory[UnknownSkill]):
    class Meta:
        model = UnknownSkill

    name = factory.Sequence(lambda n: f"Unknown {n}")
    key = factory.LazyAttribute(lambda row: row.name.casefold())


class SkillPairFactory(DjangoModelFactory[SkillPair]):
    class Meta:
        model = SkillPair

    skill_a = factory.SubFactory(SkillFactory)
    skill_b = factory.SubFactory(SkillFactory)
    score = 0.5


class FieldSynergyFactory(DjangoModelFactory[FieldSynergy]):
    class Meta:
        model = FieldSynergy

    field_a = factory.SubFactory(FieldFactory)
    field_b = factory.SubFactory(FieldFactory)
    score = 0.5


class BoostFactory(DjangoModelFactory[Boost]):
    class Meta:
        model = Boost

    group_a = factory.SubFactory(FieldGroupFactory)
    group_b = factory.SubFactory(FieldGroupFactory)
    points = 0.05


class WeightsFactory(DjangoModelFactory[Weights]):
    class Meta:
        model = Weights


class MatrixVersionFactory(DjangoModelFactory[MatrixVersion]):
    class Meta:
        model = MatrixVersion

    number = factory.Sequence(lambda n: n + 1000)


# --- Matching ---


class EmbeddingFactory(DjangoModelFactory[Embedding]):
    """The vector (1, 0, 0, …): two of them have the cosine 1."""

    class Meta:
        model = Embedding

    member = factory.SubFactory(MemberFactory)
    vector = b"\x00\x00\x80\x3f" + bytes(4 * (DIMENSIONS - 1))
    text_hash = "0" * 64
    model = "test"
    profile_version = 1


class PopulationChangeFactory(DjangoModelFactory[PopulationChange]):
    class Meta:
        model = PopulationChange

    number = factory.Sequence(lambda n: n + 1_000_000)
    member_ids = factory.LazyFunction(list)


class DraftFactory(DjangoModelFactory[Draft]):
    class Meta:
        model = Draft

    editor = factory.SubFactory(MemberFactory)
    base = 1


class WordVectorFactory(DjangoModelFactory[WordVector]):
    class Meta:
        model = WordVector

    key = factory.Sequence(lambda n: f"word {n}")
    vector = np.eye(1, DIMENSIONS, dtype="<f4").tobytes()
    model = "all-MiniLM-L6-v2"


class DraftChangeFactory(DjangoModelFactory[DraftChange]):
    class Meta:
        model = DraftChange

    draft = factory.SubFactory(DraftFactory)
    table = DraftChange.Table.SKILL_PAIRS
    a, b = "Backend", "Frontend"
    before, after = 0.95, 0.5


class SwipeFactory(DjangoModelFactory[Swipe]):
    class Meta:
        model = Swipe

    actor = factory.SubFactory(MemberFactory)
    target = factory.SubFactory(MemberFactory)
    action = Swipe.Action.LIKE


class UndoneLikeFactory(DjangoModelFactory[UndoneLike]):
    class Meta:
        model = UndoneLike

    actor = factory.SubFactory(MemberFactory)
    action = Swipe.Action.LIKE
    created_at = factory.LazyFunction(timezone.now)


class MatchFactory(DjangoModelFactory[Match]):
    """A match of two members in either order. It has no room: `RoomFactory(match=…)` makes one."""

    class Meta:
        model = Match

    member_a = factory.SubFactory(MemberFactory)
    member_b = factory.SubFactory(MemberFactory)

    @classmethod
    def _create(cls, model_class: type[Match], *args: Any, **kwargs: Any) -> Match:
        first, second = sorted([kwargs.pop("member_a"), kwargs.pop("member_b")], key=lambda member: member.pk)
        return super()._create(model_class, *args, member_a=first, member_b=second, **kwargs)


# --- Audit ---


class EntryFactory(DjangoModelFactory[Entry]):
    class Meta:
        model = Entry

    actor = factory.SubFactory(MemberFactory, is_staff=True)
    act = Entry.Act.LOOK
    path = "/admin/"


# --- Media ---


class PhotoFactory(DjangoModelFactory[Photo]):
    """A row without files."""

    class Meta:
        model = Photo

    member = factory.SubFactory(MemberFactory)
    position = factory.LazyAttribute(lambda photo: Photo.objects.filter(member=photo.member).count())
    key = factory.LazyFunction(lambda: uuid4().hex)
    width, height = 640, 480
    digest = "0" * 64


class UploadFactory(DjangoModelFactory[Upload]):
    class Meta:
        model = Upload

    member = factory.SubFactory(MemberFactory)
    content_type = "image/jpeg"
    size = 1000
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=15))


class OldPhotoFactory(DjangoModelFactory[OldPhoto]):
    class Meta:
        model = OldPhoto

    member = factory.SubFactory(MemberFactory)
    url = factory.Sequence(lambda n: f"https://old.example.org/{n}.jpg")


# --- Chat ---


class RoomFactory(DjangoModelFactory[Room]):
    """A room with its two memberships."""

    class Meta:
        model = Room
        skip_postgeneration_save = True

    match = factory.SubFactory(MatchFactory)

    @factory.post_generation
    def memberships(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create:
            MembershipFactory(room=self, member=self.match.member_a, peer=self.match.member_b)
            MembershipFactory(room=self, member=self.match.member_b, peer=self.match.member_a)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    room = factory.SubFactory(RoomFactory)
    member = factory.SubFactory(MemberFactory)
    peer = factory.SubFactory(MemberFactory)


class LogHomeFactory(DjangoModelFactory[LogHome]):
    class Meta:
        model = LogHome

    place = "default"


class MessageFactory(DjangoModelFactory[Message]):
    """A message as a row. The room's head does not move."""

    class Meta:
        model = Message

    room_id = factory.LazyFunction(uuid4)
    sender_id = factory.LazyFunction(uuid4)
    client_id = factory.LazyFunction(uuid4)
    position = factory.Sequence(lambda n: n + 1)
    seq = factory.SelfAttribute("position")
    body = "Hello"


class TicketFactory(DjangoModelFactory[Ticket]):
    class Meta:
        model = Ticket

    session = factory.SubFactory(SessionFactory)
    digest = factory.LazyFunction(lambda: hashlib.sha256(uuid4().bytes).hexdigest())
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(seconds=30))


# --- Ops ---


class RevisionFactory(DjangoModelFactory[Revision]):
    class Meta:
        model = Revision

    name = factory.Sequence(lambda n: f"thing {n}")


class JobFactory(DjangoModelFactory[Job]):
    class Meta:
        model = Job

    queue = "default"
    task = "ops.tests.test_jobs.note"


class MailFactory(DjangoModelFactory[Mail]):
    class Meta:
        model = Mail

    purpose = "verify"
    to = "ana@example.org"
    subject = "Your Alliv code"
    text = "Your code is 123456\n"
    html = "<p>Your code is 123456</p>"
    message_id = factory.Sequence(lambda n: f"<{n}@mail.alliv.test>")


class IdempotencyKeyFactory(DjangoModelFactory[IdempotencyKey]):
    class Meta:
        model = IdempotencyKey

    owner = "127.0.0.1"
    key = factory.Sequence(lambda n: f"key {n}")
    request_digest = "0" * 64


class ImportFactory(DjangoModelFactory[Import]):
    class Meta:
        model = Import

    source = "/srv/dump/alliv"


class OriginFactory(DjangoModelFactory[Origin]):
    class Meta:
        model = Origin

    kind = "users"
    key = factory.Sequence(lambda n: f"{n:024x}")
    run = factory.SubFactory(ImportFactory)


# --- The cast ---

ANA: dict[str, Any] = {
    "email": "ana@example.org",
    "profile__name": "Ana Ferreira",
    "profile__role": "Backend Developer",
    "profile__skills": ["Python", "Django", "PostgreSQL"],
    "profile__wanted_skills": ["Figma", "UI/UX"],
}
BEN: dict[str, Any] = {
    "email": "ben@example.org",
    "profile__name": "Ben Vogel",
    "profile__field": factory.LazyFunction(lambda: field("Graphic Design")),
    "profile__role": "Product Designer",
    "profile__skills": ["Figma", "Prototyping", "React"],
    "profile__wanted_skills": ["Python", "Backend"],
    "profile__values": ["Honesty", "Kindness"],
    "profile__country": "DE",
    "profile__city": "Berlin",
    "profile__timezone": "Europe/Berlin",
    "profile__cell": cell_of(52.5, 13.4),
}
CLEO: dict[str, Any] = {
    "email": "cleo@example.org",
    "profile__name": "Cleo Wijaya",
    "profile__field": factory.LazyFunction(lambda: field("Medicine")),
    "profile__role": "Physician",
    "profile__skills": ["Radiology", "Epidemiology"],
    "profile__wanted_skills": ["Data Engineering"],
    "profile__country": "ID",
    "profile__city": "Jakarta",
    "profile__timezone": "Asia/Jakarta",
    "profile__cell": cell_of(-6.2, 106.8),
    "profile__hours_per_week": 5,
}
SAM: dict[str, Any] = {
    "email": "sam@example.org",
    "is_staff": True,
    "is_superuser": True,
    "profile__name": "Sam Okafor",
    "profile__visibility": "hidden",
    "profile__field": None,
    "profile__skills": [],
}
