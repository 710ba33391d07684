"""Reading matches, likes and rankings as one member sees them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from accounts import presence
from accounts import selectors as members
from accounts.models import Block, Member, Profile
from accounts.places import distance_band
from accounts.vocabulary.selectors import Vocabulary, vocabulary
from accounts.vocabulary.words import canonical
from matching import matrix, pairs, raising, shelf
from matching.explain import Explanation, explain, shown
from matching.features import features, vector
from matching.metrics import SEARCH_SECONDS
from matching.models import Embedding, Match, Swipe
from matching.raising import Raise
from matching.ranking.candidates import Candidates, look_among
from matching.ranking.filters import Facts, Filters, must_haves_as_filters
from matching.ranking.loading import population
from matching.ranking.population import Population
from matching.ranking.search import Key, Question, Viewer, look
from matching.score import LEVELS, Features, Score, Tables, score
from media.selectors import PhotoDict, as_dict, photos_of
from ops import revisions
from ops.errors import NotFound


class Card(TypedDict):
    """A member as lists show them."""

    id: str
    name: str
    headline: str
    field: str | None
    role: str
    skills: list[str]
    photo: PhotoDict | None
    country: str
    city: str
    distance_band: str | None
    online: bool


class Ranked(Explanation):
    """A member with why they stand where they stand."""

    member: Card


@dataclass(frozen=True)
class Knowledge:
    """What one request reads the world with: the numbers it began with, and what belongs to them."""

    numbers: Mapping[str, int]
    known: Vocabulary
    tables: Tables


def knowledge() -> Knowledge:
    numbers = revisions.current()
    return Knowledge(numbers, vocabulary(numbers.get("vocabulary", 0)), matrix.tables(numbers))


# --- Who stands how to whom ---


def current_matches(member: Member) -> QuerySet[Match]:
    """Matches of this member that nobody ended."""
    return Match.objects.filter(Q(member_a=member) | Q(member_b=member), ended_at=None)


def peer_id(match: Match, member_id: UUID) -> UUID:
    return match.member_b_id if match.member_a_id == member_id else match.member_a_id


def matched_ids(member: Member) -> set[UUID]:
    return {peer_id(match, member.pk) for match in current_matches(member)}


def open_likes(member: Member) -> QuerySet[Swipe]:
    """Likes received that this member has not answered."""
    answered = Swipe.objects.filter(actor=member).values("target_id")
    return Swipe.objects.filter(target=member).exclude(action=Swipe.Action.PASS).exclude(actor_id__in=answered)


def acquainted_ids(member: Member) -> set[UUID]:
    """Who shows themselves to this member although not to everybody: matches, and those whose like waits."""
    return matched_ids(member) | set(open_likes(member).values_list("actor_id", flat=True))


def visible_ids(viewer: Member) -> QuerySet[Profile, Any]:
    """Everybody this viewer may see, as a subquery of ids."""
    return members.visible_profiles(viewer, matched_with=acquainted_ids(viewer)).values("member_id")


def visible_profile(viewer: Member, member_id: UUID) -> Profile:
    """One profile this viewer may see. Raises NotFound for all others alike."""
    return members.visible_profile(viewer, member_id, matched_with=acquainted_ids(viewer))


EXCLUDED = f"""
SELECT target_id FROM {Swipe._meta.db_table} WHERE actor_id = %(me)s
UNION ALL SELECT member_b_id FROM {Match._meta.db_table} WHERE member_a_id = %(me)s
UNION ALL SELECT member_a_id FROM {Match._meta.db_table} WHERE member_b_id = %(me)s
UNION ALL SELECT blocked_id FROM {Block._meta.db_table} WHERE blocker_id = %(me)s
UNION ALL SELECT blocker_id FROM {Block._meta.db_table} WHERE blocked_id = %(me)s
"""  # noqa: S608 - names of tables


def excluded_ids(member: Member) -> frozenset[UUID]:
    """Whom Discover leaves out: swiped on, matched (also once), blocked in either direction. One statement, on every page."""
    me = Member._meta.pk.get_db_prep_value(member.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(EXCLUDED, {"me": me})
        return frozenset(row[0] if isinstance(row[0], UUID) else UUID(row[0]) for row in cursor.fetchall())


# --- Cards and explanations ---


def profiles_by_id(member_ids: Iterable[UUID]) -> dict[UUID, Profile]:
    rows = members.with_card_parts(Profile.objects.filter(member_id__in=list(member_ids)))
    return {profile.member_id: profile for profile in rows}


def vectors(member_ids: Iterable[UUID]) -> dict[UUID, Any]:
    rows = Embedding.objects.filter(member_id__in=list(member_ids)).values_list("member_id", "vector")
    return {member_id: vector(raw) for member_id, raw in rows}


def card(profile: Profile, viewer: Profile, photo: PhotoDict | None, known: Vocabulary, *, online: bool) -> Card:
    return {
        "id": str(profile.member_id),
        "name": profile.name,
        "headline": profile.headline,
        "field": profile.field.name if profile.field else None,
        "role": profile.role,
        "skills": shown_skills(profile.skills, known),
        "photo": photo,
        "country": profile.country,
        "city": profile.city,
        "distance_band": distance_band(viewer.cell, profile.cell),
        "online": online,
    }


def shown_skills(names: Iterable[str], known: Vocabulary) -> list[str]:
    """The canonical names of today, each once: two that were written may have become one. A skill nobody knows as it was written."""
    return list(dict.fromkeys(skill.name if (skill := known.skill(name)) else name for name in names))


def cards(viewer: Member, member_ids: Iterable[UUID]) -> dict[UUID, Card]:
    """Cards of these members as `viewer` sees them; three queries however many."""
    known, me = vocabulary(), Profile.objects.get(member=viewer)
    profiles = profiles_by_id(member_ids)
    photos = photos_of(profiles)
    return {
        member_id: card(
            profile, me, next(iter(photos.get(member_id, [])), None), known, online=members.is_online(members.presence_for(me, profile))
        )
        for member_id, profile in profiles.items()
    }


@dataclass
class Reader:
    """Scores and explains pairs of one viewer with one state of knowledge."""

    mine: shelf.Kept
    world: Knowledge
    commonness: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, member: Member, world: Knowledge | None = None) -> "Reader":
        world = world or knowledge()
        people = population(world.numbers)
        mine = shelf.of(people, [member.pk]).get(member.pk)
        if mine is None:  # a profile that nobody has announced
            raise NotFound
        return cls(mine, world, people.commonness())

    @property
    def viewer(self) -> Profile:
        return self.mine.profile

    @property
    def features(self) -> Features:
        return self.mine.features

    def score(self, theirs: Features) -> Score:
        return score(self.features, theirs, self.world.tables)

    def explain(self, theirs: Features, result: Score) -> Explanation:
        return explain(self.features, theirs, result, self.world.tables, self.world.known, self.commonness)

    def ranked(self, people: Population, member_ids: list[UUID]) -> list[Ranked]:
        """Cards with explanations, in the given order."""
        found = shelf.of(people, member_ids)
        showing = [member_id for member_id, other in found.items() if other.profile.show_presence] if self.viewer.show_presence else []
        online = presence.online_among(showing) if showing else set()
        return [self.row(found[member_id], online=member_id in online) for member_id in member_ids if member_id in found]

    def row(self, other: shelf.Kept, *, online: bool) -> Ranked:
        photo = as_dict(other.photos[0]) if other.photos else None
        shown_card = card(other.profile, self.viewer, photo, self.world.known, online=online)
        return {"member": shown_card, **shelf.explained(self.mine, other, self.world.tables, self.world.known, self.commonness)}


@dataclass
class Pair:
    """Two members who may see one another, as the score reads them."""

    reader: Reader
    profile: Profile
    theirs: Features
    text: Embedding | None

    def explanation(self) -> Explanation:
        """From a score that is kept."""
        reader = self.reader
        key = pairs.key_of(
            reader.world.tables.version,
            reader.world.known.revision,
            version_of(reader.viewer, own_text(reader.viewer)),
            version_of(self.profile, self.text),
        )
        return reader.explain(self.theirs, pairs.kept(key, lambda: reader.score(self.theirs)))

    def raises(self) -> list[Raise]:
        """What the viewer could say so that the score becomes higher, skills by their names."""
        found = raising.raises(self.reader.features, self.theirs, self.reader.world.tables)
        return [replace(row, word=self.reader.world.known.skills[row.word].name) if row.word else row for row in found]


def pair(viewer: Member, member_id: UUID) -> Pair:
    """The viewer and one visible member. Raises NotFound."""
    profile = visible_profile(viewer, member_id)
    reader = Reader.of(viewer)
    text = Embedding.objects.filter(member_id=member_id).first()
    return Pair(reader, profile, features(profile, reader.world.known, vector(text.vector) if text else None), text)


def compatibility(viewer: Member, member_id: UUID) -> Explanation:
    """The explanation of one visible member. Raises NotFound."""
    return pair(viewer, member_id).explanation()


def own_text(profile: Profile) -> Embedding | None:
    return getattr(profile.member, "embedding", None)


def version_of(profile: Profile, text: Embedding | None) -> str:
    """Names what a score reads of a member."""
    return f"{profile.member_id.hex}.{profile.version}.{text.text_hash[:16] if text else ''}"


def pair_scores(viewer: Member, member_ids: Iterable[UUID]) -> dict[UUID, float]:
    """The shown scores of many members."""
    reader, found = Reader.of(viewer), profiles_by_id(member_ids)
    texts = vectors(found)
    known = reader.world.known
    return {member_id: shown(reader.score(features(profile, known, texts.get(member_id))).total) for member_id, profile in found.items()}


# --- Discover ---


@dataclass(frozen=True)
class DiscoverPage:
    """One page of a ranking; `total`, when it was counted, is everybody who passes the filters but for `min_score`."""

    results: list[Ranked]
    keys: list[Key]
    total: int
    has_next: bool
    has_previous: bool
    matrix_version: int


def discover(
    viewer: Member, filters: Filters, *, limit: int, after: Key | None = None, before: Key | None = None, counted: bool = False
) -> DiscoverPage:
    """The exact best of everybody this member may see, behind `after` or in front of `before`."""
    world = knowledge()
    reader = Reader.of(viewer, world)
    looking = as_viewer(reader)
    online = presence.online_members(reader.viewer) if filters.online else []
    people = population(world.numbers)
    question = Question(looking, world.tables, filters, online, limit, after, before, counted)
    with SEARCH_SECONDS.time():
        found = look_among(people, question) if isinstance(people, Candidates) else look(people, question)
    results = reader.ranked(people, [key.member_id for key in found.keys])
    return DiscoverPage(results, found.keys, found.total, found.has_next, found.has_previous, world.tables.version)


def as_viewer(reader: Reader) -> Viewer:
    profile = reader.viewer
    return Viewer(
        member_id=profile.member_id,
        features=reader.features,
        facts=facts_of(profile),
        must_haves=must_haves_as_filters(profile.must_haves),
        cell=profile.cell,
        excluded=excluded_ids(profile.member),
    )


def facts_of(profile: Profile) -> Facts:
    return Facts(
        country=profile.country,
        remote_only=profile.remote_only,
        experience=LEVELS.get(profile.experience_level),
        field=profile.field.slug if profile.field else None,
        hours=profile.hours_per_week or 0,
        languages=frozenset(map(canonical, profile.languages)),
    )


# --- Lists ---


def swipes_made(member: Member) -> QuerySet[Swipe]:
    """This member's decisions about people they may still see."""
    return Swipe.objects.filter(actor=member, target_id__in=visible_ids(member))


def invitations(member: Member) -> QuerySet[Swipe]:
    """Likes that wait for an answer from people this member may see; super likes sort first by `-action`."""
    return open_likes(member).filter(actor_id__in=visible_ids(member))


def swipe_stats(member: Member) -> dict[str, float]:
    made = Swipe.objects.filter(actor=member).aggregate(
        likes=Count("id", filter=Q(action=Swipe.Action.LIKE)),
        super_likes=Count("id", filter=Q(action=Swipe.Action.SUPER_LIKE)),
        passes=Count("id", filter=Q(action=Swipe.Action.PASS)),
    )
    received = Swipe.objects.filter(target=member).exclude(action=Swipe.Action.PASS).count()
    matches = current_matches(member).count()
    given = made["likes"] + made["super_likes"]
    return {**made, "received": received, "matches": matches, "match_rate": round(matches / given, 4) if given else 0.0}
