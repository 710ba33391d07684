"""A few real pairs for the front page with nobody in them: two fields, how many skills are shared, the score and its parts.

Only members whom Discover may show to anybody are drawn, and of those only such as share their field with several others, so that a
field is never a name. A pair is kept for minutes but asked again at every look whether both are still listed.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TypedDict
from uuid import UUID

from django.core.cache import caches
from django.db.models import Q

from accounts.models import Block, Profile
from accounts.selectors import listed_profiles
from matching.explain import Explanation, explain
from matching.features import features
from matching.score import Features, Score, score
from matching.selectors import Knowledge, knowledge, vectors

KEY, SECONDS = "showcase", 600
NEWEST, DRAWN, SHOWN = 500, 30, 3
FEWEST, FEWEST_OF_A_FIELD = 20, 5
Drawn = tuple[Profile, Features]


class Example(TypedDict):
    """`members` are for asking again, and for no page."""

    members: tuple[UUID, UUID]
    fields: tuple[str, str]
    shared: int
    result: Explanation


def examples() -> list[Example]:
    """Up to three pairs whose members are listed right now; none where there are too few members to hide among."""
    held: list[Example] = caches["here"].get_or_set(KEY, made, SECONDS) or []
    members = {member for example in held for member in example["members"]}
    listed = set(listed_profiles().filter(member_id__in=members).values_list("member_id", flat=True)) if members else set()
    return [example for example in held if listed.issuperset(example["members"])]


def made() -> list[Example]:
    world = knowledge()
    chosen: list[Example] = []
    for a, b, result in best(drawn(world), world):
        fields, ids = names(a, b), (a[0].member_id, b[0].member_id)
        told = {member for example in chosen for member in example["members"]}
        if not told & set(ids) and fields not in [example["fields"] for example in chosen]:
            chosen.append(
                {"members": ids, "fields": fields, "shared": len(a[1].skills & b[1].skills), "result": told_of(a, b, result, world)}
            )
        if len(chosen) == SHOWN:
            break
    return chosen


def drawn(world: Knowledge) -> list[Drawn]:
    """Some of the newest members, at random."""
    newest = list(listed_profiles().order_by("-member_id").values_list("member_id", "field_id")[:NEWEST])
    sizes = Counter(field for _, field in newest)
    usual = [member for member, field in newest if sizes[field] >= FEWEST_OF_A_FIELD]
    if len(usual) < FEWEST:
        return []
    ids = random.sample(usual, min(DRAWN, len(usual)))
    texts = vectors(ids)
    profiles = listed_profiles().filter(member_id__in=ids).select_related("field")
    return [(profile, features(profile, world.known, texts.get(profile.member_id))) for profile in profiles]


def best(people: list[Drawn], world: Knowledge) -> Iterator[tuple[Drawn, Drawn, Score]]:
    """Pairs who have not blocked one another, best first."""
    apart = blocked(profile.member_id for profile, _ in people)
    pairs = [(a, b) for a, b in combinations(people, 2) if frozenset((a[0].member_id, b[0].member_id)) not in apart]
    scored = [(a, b, score(a[1], b[1], world.tables)) for a, b in pairs]
    yield from sorted(scored, key=lambda row: -row[2].total)


def blocked(ids: Iterable[UUID]) -> set[frozenset[UUID]]:
    among = list(ids)
    rows = Block.objects.filter(Q(blocker_id__in=among), Q(blocked_id__in=among)).values_list("blocker_id", "blocked_id")
    return {frozenset(row) for row in rows}


def names(a: Drawn, b: Drawn) -> tuple[str, str]:
    first, second = sorted(profile.field.name if profile.field else "" for profile, _ in (a, b))
    return first, second


def told_of(a: Drawn, b: Drawn, result: Score, world: Knowledge) -> Explanation:
    """Without reasons: those are made of what the two said."""
    return {**explain(a[1], b[1], result, world.tables, world.known, {}), "reasons": []}
