"""Old users become members. Addresses that differ in case are one member; the id of each leads there."""

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from rest_framework.serializers import ValidationError

from accounts.legacy import passwords, profiles
from accounts.models import Member
from accounts.serializers import Email, age_on
from accounts.services import ADULT_AGE
from ops.legacy import shapes
from ops.legacy.importing import Importer, Run, each
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.shapes import OldUser
from ops.legacy.sources import Document


class Users(Importer):
    kind = "users"
    collections = ("users", "user", "members", "accounts")

    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        return Batch(run).bring(documents)


class Batch:
    """Those who are there already, and those who are about to be; both by address."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.members: dict[str, Member] = {}
        self.made: list[Member] = []
        self.writing = profiles.Writing(run)

    def bring(self, documents: Sequence[Document]) -> list[Outcome]:
        addresses = {address for document in documents if (address := address_in(document))}
        self.members = {member.email: member for member in Member.objects.filter(email__in=addresses)}
        self.writing.read(member.pk for member in self.members.values())
        outcomes = each(documents, self.one)
        Member.objects.bulk_create(self.made)
        self.writing.save()
        return outcomes

    def one(self, document: Document) -> Outcome:
        old, said = shapes.user(document), shapes.profile(document, of_user=True)
        email = clean_address(old.email)
        if there := self.members.get(email):
            self.merge(there, old, document)
            self.writing.fill(there, said, document)
            return Merged(there.pk, old.ids)
        if said.birthdate and 0 <= age_on(timezone.now().date(), said.birthdate) < ADULT_AGE:
            raise Skip("under_age")
        member = self.members[email] = self.new(email, old, document)
        self.made.append(member)
        self.writing.begin(member)
        self.writing.fill(member, said, document)
        if member.birthdate is None:
            self.run.note(document, "no_birthdate")
        return Imported(member.pk, old.ids)

    def new(self, email: str, old: OldUser, document: Document) -> Member:
        if old.joined_at is None:
            self.run.note(document, "no_date")
        joined = old.joined_at or timezone.now()
        member = Member(email=email, password=self.password(old, document), birthdate=None, joined_at=joined, is_active=old.active)
        self.verify(member, old)
        if not member.is_verified:
            self.run.note(document, "email_unverified")
        if old.staff:
            member.is_staff = True
            self.run.note(document, "staff_without_rights")
        if old.suspended:
            member.suspended_at, member.suspended_until = old.suspended_at or timezone.now(), old.suspended_until
        return member

    def password(self, old: OldUser, document: Document) -> str:
        try:
            return passwords.hash_of(old.password)
        except passwords.Unusable as unusable:
            self.run.note(document, str(unusable))
            return make_password(None)

    def verify(self, member: Member, old: OldUser) -> None:
        """An address counts as proved when the old system says so, or says nothing and whoever runs this vouches for it."""
        if old.verified or (old.verified is None and (old.verified_at or self.run.trust_emails)):
            member.email_verified_at = old.verified_at or old.joined_at or timezone.now()

    def merge(self, member: Member, old: OldUser, document: Document) -> None:
        """Whoever proved the address has the password: an unproved account of the same address may be somebody else's."""
        if member.is_verified:
            return
        self.verify(member, old)
        if member.is_verified:
            member.password = self.password(old, document)
            if not member._state.adding:
                member.save(update_fields=["password", "email_verified_at"])


def address_in(document: Document) -> str | None:
    try:
        return clean_address(shapes.user(document).email)
    except Skip:
        return None


def clean_address(email: str) -> str:
    try:
        return str(Email().run_validation(email))
    except ValidationError:
        raise Skip("invalid_email") from None
