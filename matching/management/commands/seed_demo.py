"""Believable members to try Alliv with: `manage.py seed_demo --members 1000 --seed 7`."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import places
from accounts.demo.people import CAST, Person, people
from accounts.demo.portraits import portrait
from accounts.models import Member, Profile
from accounts.trust import services as trust
from accounts.vocabulary.models import Field
from matching.embedding import embed_outdated, stale_profiles
from matching.ranking import loading
from media import services as media
from ops.arguments import whole
from ops.terminal import Progress

PASSWORD = "alliv-demo-2026"
STAFF = "sam@demo.alliv.test"
BATCH = 2000
PHOTOS = 60
JOINED = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = ("name", "headline", "bio", "role", "skills", "wanted_skills", "interests", "values", "work_styles", "languages",
         "hours_per_week", "remote_only", "country", "city", "timezone", "links", "visibility")  # fmt: skip


class Command(BaseCommand):
    help = "Adds demo members, the same ones for the same seed. Those that are there already stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--members", type=whole(1), default=300, help="How many there shall be; 300 unless told otherwise.")
        parser.add_argument("--seed", type=whole(0), default=7, help="What chance begins with; 7 unless told otherwise.")
        parser.add_argument("--no-embeddings", action="store_true", help="Leave the texts to the background job.")
        parser.add_argument("--photos", action="store_true", help=f"Draw portraits for the first {PHOTOS}.")

    def handle(self, *args: Any, members: int, seed: int, no_embeddings: bool, photos: bool, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demo members have a public password: not in production mode.", returncode=4)
        crowd = [*CAST, *islice(people(max(0, members - len(CAST)), seed), None)]
        made = add(crowd, Progress("Members", len(crowd)))
        if photos:
            draw(crowd[:PHOTOS])
        if not no_embeddings and (waiting := stale_profiles().count()):
            embed_outdated(Progress("Reading profiles", waiting))
        sys.stderr.write(f"{made} demo members added, {len(crowd) - made} were there.\n")


def add(crowd: list[Person], progress: Progress) -> int:
    """Writes whoever is missing, a batch a transaction; how many."""
    password, fields = make_password(PASSWORD), {field.name: field for field in Field.objects.all()}
    made = done = 0
    for batch in batches(crowd):
        there = set(Member.objects.filter(email__in=[person["email"] for person in batch]).values_list("email", flat=True))
        new = [person for person in batch if person["email"] not in there]
        write(new, password, fields)
        made, done = made + len(new), done + len(batch)
        progress(done)
    return made


def batches(crowd: Iterable[Person]) -> Iterator[list[Person]]:
    rest = iter(crowd)
    while batch := list(islice(rest, BATCH)):
        yield batch


@transaction.atomic
def write(batch: list[Person], password: str, fields: dict[str, Field]) -> None:
    Member.objects.bulk_create(as_member(person, password) for person in batch)
    Profile.objects.bulk_create(as_profile(person, fields) for person in batch)
    loading.note_change(Member, [person["id"] for person in batch])
    trust.note_profiles(person["id"] for person in batch)


def as_member(person: Person, password: str) -> Member:
    staff = person["email"] == STAFF
    return Member(
        id=person["id"], email=person["email"], password=password, birthdate=person["birthdate"],
        email_verified_at=JOINED, joined_at=JOINED, is_staff=staff, is_superuser=staff,
    )  # fmt: skip


def as_profile(person: Person, fields: dict[str, Field]) -> Profile:
    plain: dict[str, Any] = dict(person)
    return Profile(
        member_id=person["id"],
        field=fields.get(person["field"] or ""),
        experience_level=person["experience_level"] or "",
        cell=places.cell_of(*person["location"]) if person["location"] else "",
        **{name: plain[name] for name in PLAIN},
    )


def draw(crowd: list[Person]) -> None:
    """Portraits for those who have none."""
    progress = Progress("Portraits", len(crowd))
    for done, person in enumerate(crowd, 1):
        member = Member.objects.get(email=person["email"])
        if not member.photos.exists():
            media.add_photo(member, portrait(person["id"], person["name"]), alt=f"Portrait of {person['name']}")
        progress(done)
