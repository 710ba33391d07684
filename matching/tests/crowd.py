"""Random people with everything that makes ranking hard: gaps, ties, unknown skills, categories, must-haves, blocks, swipes."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.utils import timezone

from accounts.models import Block, Member, Presence, Profile
from accounts.places import cell_of
from accounts.signals import profile_changed
from accounts.vocabulary.models import Field
from matching.features import DIMENSIONS
from matching.models import Embedding, Match, Swipe
from media.models import Photo

FIELDS = ["Software Development", "Graphic Design", "AI/Machine Learning", "Medicine", "Entrepreneurship", "Law", None]
SKILLS = ["Python", "Django", "React", "Figma", "JS", "backend", "Frontend", "UI/UX", "TensorFlow", "Music", "Knot Tying", "python"]
LEVELS = ["", "student", "junior", "mid", "senior", "expert", "mentor"]
HOURS = [None, 0, 1, 5, 8, 10, 20, 40, 168]
PLACES = [
    ("PT", "Lisbon", "Europe/Lisbon", cell_of(38.72, -9.14)),
    ("PT", "Porto", "Europe/Lisbon", cell_of(41.15, -8.61)),
    ("DE", "Berlin", "Europe/Berlin", cell_of(52.5, 13.4)),
    ("IN", "", "Asia/Kolkata", cell_of(28.6, 77.2)),
    ("", "Lisbon", "", ""),
    ("", "", "America/New_York", ""),
]
LANGUAGES = ["en", "EN", "English", "pt", "de"]
VALUES = ["Honesty", "honesty ", "Calm", "Courage"]
STYLES = ["Async", "On site"]


@dataclass
class Crowd:
    members: list[Member]
    rng: Random

    def somebody(self) -> Member:
        return self.rng.choice(self.members)


def gather(seed: int, size: int = 45) -> Crowd:
    """`size` members of any kind and what they did to one another, written and told."""
    rng = Random(seed)
    members = [member(rng) for _ in range(size)]
    fields = {row.name: row for row in Field.objects.all()}
    Member.objects.bulk_create(members)
    said = [words(rng, fields) for _ in members]
    for place in rng.sample(range(1, size), size // 8):
        said[place] = dict(said[place - 1])  # twins: equal scores, ordered by id
    Profile.objects.bulk_create(Profile(member=who, **values) for who, values in zip(members, said, strict=True))
    crowd = Crowd(members, rng)
    live(crowd)
    profile_changed.send(Profile, member_ids=[who.pk for who in members])
    return crowd


def member(rng: Random) -> Member:
    now = timezone.now()
    suspended = rng.random() < 0.1
    return Member(
        id=UUID(int=rng.getrandbits(128)),
        email=f"{uuid4().hex}@example.org",
        birthdate="1990-01-01",
        email_verified_at=None if rng.random() < 0.05 else now,
        is_active=rng.random() > 0.03,
        suspended_at=now if suspended else None,
        suspended_until=rng.choice([None, now + timedelta(hours=1), now - timedelta(hours=1)]) if suspended else None,
    )


def words(rng: Random, fields: dict[str, Field]) -> dict[str, Any]:
    country, city, zone, cell = rng.choice(PLACES)
    return {
        "field": fields.get(rng.choice(FIELDS) or ""),
        "role": rng.choice(["", "Developer", "developer ", "Designer"]),
        "skills": several(rng, SKILLS, 5),
        "wanted_skills": several(rng, SKILLS, 3),
        "values": several(rng, VALUES, 3),
        "work_styles": several(rng, STYLES, 2),
        "languages": several(rng, LANGUAGES, 2),
        "experience_level": rng.choice(LEVELS),
        "hours_per_week": rng.choice(HOURS),
        "remote_only": rng.random() < 0.3,
        "country": country,
        "city": city,
        "timezone": zone,
        "cell": cell,
        "visibility": rng.choices(["public", "matches", "hidden"], [18, 1, 1])[0],
        "must_haves": must_haves(rng) if rng.random() < 0.25 else {},
    }


def several(rng: Random, options: list[str], most: int) -> list[str]:
    return rng.sample(options, rng.randint(0, most))


def must_haves(rng: Random) -> dict[str, Any]:
    options: dict[str, Any] = {
        "countries": rng.sample(["PT", "DE", "IN", "FR"], 2),
        "remote": rng.random() < 0.5,
        "experience_min": rng.choice(["student", "junior", "mid"]),
        "experience_max": rng.choice(["senior", "expert"]),
        "fields": rng.sample(["software-development", "graphic-design", "medicine", "ai-machine-learning"], 3),
        "min_hours": rng.choice([1, 5, 10]),
        "languages": rng.sample(LANGUAGES, 2),
    }
    return {name: options[name] for name in rng.sample(sorted(options), rng.randint(1, 2))}


def live(crowd: Crowd) -> None:
    """Likes, passes, matches of today and of yesterday, blocks, photos, presence and texts."""
    rng, members, now = crowd.rng, crowd.members, timezone.now()
    couples = list({tuple(sorted(rng.sample(members, 2), key=lambda who: who.pk)) for _ in range(len(members) * 2)})
    rng.shuffle(couples)
    share = len(couples) // 4
    Swipe.objects.bulk_create(Swipe(actor=a, target=b, action=rng.choice(Swipe.Action.values)) for a, b in couples[:share])
    Match.objects.bulk_create(
        Match(member_a=a, member_b=b, ended_at=rng.choice([None, now])) for a, b in couples[share : share + share // 2]
    )
    Block.objects.bulk_create(Block(blocker=b, blocked=a) for a, b in couples[-share // 2 :])
    Photo.objects.bulk_create(
        Photo(member=who, position=0, key=uuid4().hex, width=1, height=1, digest="0", status=rng.choice(["ready", "hidden"]))
        for who in rng.sample(members, len(members) // 3)
    )
    Presence.objects.bulk_create(
        Presence(member=who, last_seen=now, online_until=now + timedelta(minutes=rng.choice([-5, 5])))
        for who in rng.sample(members, len(members) // 3)
    )
    Embedding.objects.bulk_create(
        Embedding(member=who, vector=text_vector(rng), text_hash="0", model="test", profile_version=1)
        for who in rng.sample(members, len(members) // 2)
    )


def text_vector(rng: Random) -> bytes:
    made = np.random.default_rng(rng.getrandbits(32)).normal(size=DIMENSIONS)
    return bytes((made / np.linalg.norm(made)).astype("<f4").tobytes())


# --- What a viewer may ask ---


def question(rng: Random) -> dict[str, Any]:
    """Query parameters of Discover, none to three."""
    options: dict[str, Any] = {
        "field": rng.sample(["Software Development", "graphic-design", "Medicine"], rng.randint(1, 2)),
        "skills": rng.sample(["Python", "js", "Frontend", "Underwater Welding", "UI/UX"], rng.randint(1, 2)),
        "wanted_by_them": ["true"],
        "experience_min": [rng.choice(LEVELS[1:])],
        "experience_max": [rng.choice(LEVELS[1:])],
        "min_hours": [str(rng.choice([1, 8, 20]))],
        "remote": [rng.choice(["true", "false"])],
        "country": rng.sample(["PT", "de", "IN"], rng.randint(1, 2)),
        "within_km": [str(rng.choice([1, 300, 2500]))],
        "language": rng.sample(["EN", "pt", "de", "fr"], rng.randint(1, 2)),
        "online": ["true"],
        "has_photo": ["true"],
        "min_score": [str(rng.choice([0, 40, 55.5, 58.25, 60, 100]))],
    }
    asked = {name: options[name] for name in rng.sample(sorted(options), rng.randint(0, 3))}
    if "skills" in asked:
        asked["skills_mode"] = [rng.choice(["any", "all"])]
    return asked
