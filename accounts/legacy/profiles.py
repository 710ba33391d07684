"""What old documents say about a member. Each field passes the rules of the API or is left out; what the profile says already stays."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Member, Profile, Visibility
from accounts.serializers import ProfileBody, age_on, cleared
from accounts.services import ADULT_AGE, queue_unknown_skills
from accounts.signals import photos_named, profile_changed
from ops.legacy import records, shapes
from ops.legacy.importing import Importer, Run, each
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.shapes import OldProfile
from ops.legacy.sources import Document

COLUMNS = [column.name for column in Profile._meta.concrete_fields if not column.primary_key]
PRIVACY = list(Visibility.values)  # from open to closed
OLDEST = 120


class Profiles(Importer):
    kind = "profiles"
    collections = ("profiles", "profile", "userprofiles")

    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        olds = {document.key: shapes.profile(document) for document in documents}
        found = records.targets("users", (key for old in olds.values() for key in old.owners))
        members = {member.pk: member for member in Member.objects.filter(pk__in=[pk for pk in found.values() if pk])}
        described = records.came_over("profiles", members)
        writing = Writing(run)
        writing.read(members)

        def one(document: Document) -> Outcome:
            old = olds[document.key]
            member = members[records.named(found, old.owners)]
            writing.fill(member, old, document)
            known = member.pk in described
            described.add(member.pk)
            return Merged(member.pk) if known else Imported(member.pk)

        outcomes = each(documents, one)
        writing.save()
        return outcomes


class Writing:
    """The profiles that a batch touches: read together, saved together."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.profiles: dict[UUID, Profile] = {}
        self.new: set[UUID] = set()
        self.changed: set[UUID] = set()
        self.members: dict[UUID, Member] = {}
        self.photos: dict[UUID, list[str]] = {}

    def read(self, member_ids: Iterable[UUID]) -> None:
        self.profiles |= {profile.pk: profile for profile in Profile.objects.filter(member_id__in=list(member_ids))}

    def begin(self, member: Member) -> None:
        """A member who is being made. Whose age nobody knows is hidden until they say it."""
        self.profiles[member.pk] = Profile(member=member, visibility=Visibility.HIDDEN)
        self.new.add(member.pk)

    def fill(self, member: Member, old: OldProfile, document: Document) -> None:
        profile = self.profiles[member.pk]
        self.say_age(member, profile, old, document)
        values = self.accepted(old, document)
        self.close(profile, values.pop("visibility", Visibility.PUBLIC))
        for name, value in values.items():
            if getattr(profile, name) == cleared(name) != value:
                setattr(profile, name, value)
                self.changed.add(profile.pk)
        self.photos.setdefault(member.pk, []).extend(old.photos)

    def say_age(self, member: Member, profile: Profile, old: OldProfile, document: Document) -> None:
        if member.birthdate is not None or old.birthdate is None:
            return
        age = age_on(timezone.now().date(), old.birthdate)
        if age > OLDEST or age < 0:
            self.run.note(document, "birthdate_refused")
            return
        self.members[member.pk] = member
        if age < ADULT_AGE:
            member.is_active = False
            raise Skip("under_age")
        member.birthdate, profile.visibility = old.birthdate, Visibility.PUBLIC
        self.changed.add(profile.pk)

    def close(self, profile: Profile, wish: str) -> None:
        """Only ever towards more privacy."""
        if PRIVACY.index(wish) > PRIVACY.index(profile.visibility):
            profile.visibility = wish
            self.changed.add(profile.pk)

    # --- The rules of the API ---

    def accepted(self, old: OldProfile, document: Document) -> dict[str, Any]:
        """Column to value of what may be kept. What is too long is cut, what is refused is left out; both are noted."""
        body = ProfileBody(data=dict(self.shortened(old.said, document)))
        if not body.is_valid():
            data = {name: self.without_faults(name, value, body.errors.get(name), document) for name, value in body.initial_data.items()}
            body = ProfileBody(data={name: value for name, value in data.items() if value not in (None, [])})
            body.is_valid(raise_exception=True)
        return body.changes()

    def shortened(self, said: dict[str, Any], document: Document) -> Iterable[tuple[str, Any]]:
        rules = ProfileBody().fields
        for name, value in said.items():
            limit = getattr(rules[name], "max_length", None)
            if limit and isinstance(value, str | list) and len(value) > limit:
                self.run.note(document, f"{name}_cut")
                value = value[:limit]
            yield name, value

    def without_faults(self, name: str, value: Any, faults: Any, document: Document) -> Any:
        if not faults:
            return value
        self.run.note(document, f"{name}_refused")
        return (
            [item for place, item in enumerate(value) if place not in faults]
            if isinstance(faults, dict) and isinstance(value, list)
            else None
        )

    # --- Saving ---

    def save(self) -> None:
        """News goes up once for the whole batch; not in a dry run, whose transaction shall not hold up those who publish."""
        touched = self.new | self.changed
        Member.objects.bulk_update(self.members.values(), ["birthdate", "is_active"])
        Profile.objects.bulk_create(self.profiles[pk] for pk in self.new)
        self.update([self.profiles[pk] for pk in self.changed - self.new])
        if touched and not self.run.dry:
            queue_unknown_skills([name for pk in touched for name in (*self.profiles[pk].skills, *self.profiles[pk].wanted_skills)])
            profile_changed.send(Profile, member_ids=sorted(touched))
        photos_named.send(Profile, urls={pk: urls for pk, urls in self.photos.items() if urls})

    def update(self, profiles: list[Profile]) -> None:
        for profile in profiles:
            profile.version += 1
            profile.updated_at = timezone.now()
        Profile.objects.bulk_update(profiles, COLUMNS)
