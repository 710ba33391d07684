"""What cards and scores of a ranking are made of, kept in the process for as long as the member's row stays what it is.

The population learns of every change that a card or a score reads, so its stamps tell what is still true: a page of people
whom this process has shown before needs no query for them. Presence is not among it; it changes without notice.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import get_language

from accounts.models import Profile
from accounts.vocabulary.selectors import Vocabulary
from matching.explain import Explanation, explain
from matching.features import features, vector
from matching.ranking.population import Population, Stamp
from matching.score import Features, Tables, Vector, score
from media.models import Photo

ROOM, PAIRS = 5000, 20_000


@dataclass(frozen=True)
class Kept:
    """A member's profile (with field and member) and ready photos, and what the score reads of them."""

    stamp: Stamp
    words: int
    profile: Profile
    photos: tuple[Photo, ...]
    features: Features


_kept: OrderedDict[UUID, Kept] = OrderedDict()
_lock = threading.Lock()


def of(people: Population, member_ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """Of those members who are there; two queries for all whom the process does not know as they are now, none for the others."""
    wanted = list(member_ids)
    with people.lock:
        stamps = people.stamps(wanted)
    with _lock:
        known = {member_id: kept for member_id in wanted if (kept := _kept.get(member_id))}
    words = people.known.revision
    found = {member_id: kept for member_id, kept in known.items() if kept.stamp == stamps.get(member_id) and kept.words == words}
    new = read(people, {member_id: stamp for member_id, stamp in stamps.items() if member_id not in found})
    with _lock:
        _kept.update(new)
        for member_id in found:
            if member_id in _kept:
                _kept.move_to_end(member_id)
        while len(_kept) > ROOM:
            _kept.popitem(last=False)
    return found | new


def read(people: Population, stamps: dict[UUID, Stamp]) -> dict[UUID, Kept]:
    """From the database. Stamps were read before, so what changes meanwhile has another one."""
    if not stamps:
        return {}
    photos: dict[UUID, list[Photo]] = {}
    for photo in Photo.objects.filter(member_id__in=stamps, status=Photo.Status.READY).order_by("member_id", "position"):
        photos.setdefault(photo.member_id, []).append(photo)
    profiles = Profile.objects.filter(member_id__in=stamps).select_related("member", "member__embedding", "field")
    return {
        profile.member_id: kept(profile, tuple(photos.get(profile.member_id, ())), stamps[profile.member_id], people.known)
        for profile in profiles
    }


def kept(profile: Profile, photos: tuple[Photo, ...], stamp: Stamp, known: Vocabulary) -> Kept:
    return Kept(stamp, known.revision, profile, photos, features(profile, known, vector_of(profile)))


def vector_of(profile: Profile) -> Vector | None:
    row = getattr(profile.member, "embedding", None)
    return vector(row.vector) if row else None


# --- Two who are on the shelf ---


class Explained(NamedTuple):
    """How two fit, in words, and what that was made from: tables, counts of skills and a language."""

    tables: Tables
    commonness: Mapping[str, int]
    language: str
    explanation: Explanation


_explained: OrderedDict[tuple[UUID, Stamp, UUID, Stamp, int], Explained] = OrderedDict()


def explained(a: Kept, b: Kept, tables: Tables, known: Vocabulary, commonness: Mapping[str, int]) -> Explanation:
    """The explanation for a; made once for what both are now. Whatever changes becomes another object or has another stamp."""
    pair = (a.profile.member_id, a.stamp, b.profile.member_id, b.stamp, a.words)
    held, language = _explained.get(pair), get_language() or ""
    if held is not None and held.tables is tables and held.commonness is commonness and held.language == language:
        return held.explanation
    made = explain(a.features, b.features, score(a.features, b.features, tables), tables, known, commonness)
    with _lock:
        _explained[pair] = Explained(tables, commonness, language, made)
        while len(_explained) > PAIRS:
            _explained.popitem(last=False)
    return made


def drop(member_ids: Iterable[UUID]) -> None:
    """Of those who left nothing stays."""
    gone = set(member_ids)
    with _lock:
        for member_id in gone:
            _kept.pop(member_id, None)
        for pair in [pair for pair in _explained if pair[0] in gone or pair[2] in gone]:
            del _explained[pair]


def forget() -> None:
    with _lock:
        _kept.clear()
        _explained.clear()
