"""Discover without cleverness: everybody is looked at, one by one, with the rules as the product states them."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import Block, Member, Presence, Profile
from accounts.places import distance_km
from accounts.vocabulary.models import Skill
from accounts.vocabulary.selectors import vocabulary
from accounts.vocabulary.words import canonical
from matching import matrix
from matching.explain import shown
from matching.features import features, vector
from matching.models import Embedding, Match, Swipe
from matching.score import Features, score
from media.models import Photo

LEVELS = ["student", "junior", "mid", "senior", "expert", "mentor"]
Ranking = list[tuple[float, UUID]]


class BruteForce:
    """The whole ranking of one viewer, read anew from the rows."""

    def __init__(self, viewer: Member, asked: dict[str, list[str]]) -> None:
        self.asked, self.known = asked, vocabulary()
        self.me = Profile.objects.select_related("field").get(member=viewer)
        self.vectors = {row.member_id: vector(row.vector) for row in Embedding.objects.all()}
        self.tables = matrix.tables()
        self.homes = {skill.key: (skill.category or skill).key for skill in Skill.objects.select_related("category")}

    def ranking(self) -> Ranking:
        others = Profile.objects.select_related("field", "member").exclude(member=self.me.member)
        found = [(self.score(other), other.member_id) for other in others if self.may_see(other) and self.is_asked_for(other)]
        return sorted(((total, who) for total, who in found if self.is_good(total)), key=lambda row: (-row[0], row[1]))

    def features(self, profile: Profile) -> Features:
        return features(profile, self.known, self.vectors.get(profile.member_id))

    def score(self, other: Profile) -> float:
        return score(self.features(self.me), self.features(other), self.tables).total

    def is_good(self, total: float) -> bool:
        return "min_score" not in self.asked or shown(total) >= float(self.asked["min_score"][-1])

    # --- Who may be shown at all ---

    def may_see(self, other: Profile) -> bool:
        return (
            self.is_listed(other)
            and not self.knows(other.member_id)
            and satisfies(other, self.me.must_haves)
            and satisfies(self.me, other.must_haves)
        )

    def is_listed(self, profile: Profile) -> bool:
        who = profile.member
        suspended = who.suspended_at and (who.suspended_until is None or who.suspended_until > timezone.now())
        complete = profile.field_id and profile.skills and profile.visibility == "public"
        return bool(who.email_verified_at and who.is_active and not suspended and complete)

    def knows(self, other: UUID) -> bool:
        me = self.me.member_id
        return (
            Swipe.objects.filter(actor=me, target=other).exists()
            or Match.objects.filter(Q(member_a=me, member_b=other) | Q(member_a=other, member_b=me)).exists()
            or Block.objects.filter(Q(blocker=me, blocked=other) | Q(blocker=other, blocked=me)).exists()
        )

    # --- Filters ---

    def is_asked_for(self, other: Profile) -> bool:
        return all(getattr(self, f"by_{name}")(other, values) for name, values in self.asked.items())

    def by_field(self, other: Profile, names: list[str]) -> bool:
        return other.field is not None and {other.field.name, other.field.slug} & set(names) != set()

    def by_skills(self, other: Profile, names: list[str]) -> bool:
        entries = [skill.key if (skill := self.known.skill(name)) else None for name in names]
        mode = all if self.asked["skills_mode"] == ["all"] else any
        return mode(self.has(other, entry) for entry in entries)

    def has(self, profile: Profile, entry: str | None) -> bool:
        """The skill, or any of it when it is a category."""
        skills = self.features(profile).skills
        return entry is not None and (entry in skills or any(self.homes[skill] == entry for skill in skills))

    def by_skills_mode(self, other: Profile, values: list[str]) -> bool:
        return True

    def by_wanted_by_them(self, other: Profile, values: list[str]) -> bool:
        return any(self.has(self.me, entry) for entry in self.features(other).wanted)

    def by_experience_min(self, other: Profile, values: list[str]) -> bool:
        return other.experience_level != "" and LEVELS.index(other.experience_level) >= LEVELS.index(values[0])

    def by_experience_max(self, other: Profile, values: list[str]) -> bool:
        return other.experience_level != "" and LEVELS.index(other.experience_level) <= LEVELS.index(values[0])

    def by_min_hours(self, other: Profile, values: list[str]) -> bool:
        return (other.hours_per_week or 0) >= int(values[0])

    def by_remote(self, other: Profile, values: list[str]) -> bool:
        return other.remote_only == (values == ["true"])

    def by_country(self, other: Profile, values: list[str]) -> bool:
        return other.country in [value.upper() for value in values]

    def by_within_km(self, other: Profile, values: list[str]) -> bool:
        return bool(self.me.cell and other.cell) and distance_km(self.me.cell, other.cell) <= float(values[0])

    def by_language(self, other: Profile, values: list[str]) -> bool:
        return share_a_word(other.languages, values)

    def by_online(self, other: Profile, values: list[str]) -> bool:
        return Presence.objects.filter(member=other.member, online_until__gt=timezone.now()).exists()

    def by_has_photo(self, other: Profile, values: list[str]) -> bool:
        return Photo.objects.filter(member=other.member, status="ready").exists()

    def by_min_score(self, other: Profile, values: list[str]) -> bool:
        return True


def satisfies(profile: Profile, must: dict[str, Any]) -> bool:
    level = LEVELS.index(profile.experience_level) if profile.experience_level else None
    rules = {
        "countries": lambda wanted: profile.country in wanted,
        "remote": lambda wanted: profile.remote_only == wanted,
        "experience_min": lambda wanted: level is not None and level >= LEVELS.index(wanted),
        "experience_max": lambda wanted: level is not None and level <= LEVELS.index(wanted),
        "fields": lambda wanted: profile.field is not None and profile.field.slug in wanted,
        "min_hours": lambda wanted: (profile.hours_per_week or 0) >= wanted,
        "languages": lambda wanted: share_a_word(profile.languages, wanted),
    }
    return all(rules[name](wanted) for name, wanted in must.items())


def share_a_word(some: list[str], others: list[str]) -> bool:
    return bool(set(map(canonical, some)) & set(map(canonical, others)))
