"""What a draft would do: the first ten of some real members, as they are and as they would be."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from accounts.models import Member, Profile
from matching import shelf
from matching.curation.grid import View
from matching.explain import shown
from matching.presentation import FACTOR_LABELS, boost_label
from matching.ranking.candidates import Candidates, look_among
from matching.ranking.filters import Filters
from matching.ranking.loading import population
from matching.ranking.population import NOBODY, Mask, Population, Rows
from matching.ranking.published import Floats, published
from matching.ranking.search import Question, look
from matching.score import Score, Tables, score
from matching.selectors import Reader, as_viewer

FIRST, SAMPLE, MOST, NEWEST = 10, 16, 40, 500


@dataclass(frozen=True)
class Part:
    """Points of one part of a score, before and after; of 100."""

    label: str
    before: float
    after: float


@dataclass(frozen=True)
class Place:
    """Somebody among the first ten, before or after; a rank is None for who is not among them."""

    name: str
    before: int | None
    after: int | None
    score_before: float
    score_after: float
    parts: list[Part]

    @property
    def move(self) -> str:
        if self.before is None or self.after is None:
            return "comes" if self.before is None else "goes"
        return "stays" if self.before == self.after else "rises" if self.after < self.before else "falls"


@dataclass(frozen=True)
class Look:
    """One member's ranking. `places` are in the order of afterwards, then those who go."""

    member_id: UUID
    name: str
    places: list[Place]

    @property
    def reordered(self) -> bool:
        return any(place.before != place.after for place in self.places)

    @property
    def changed(self) -> bool:
        return self.reordered or any(place.score_before != place.score_after for place in self.places)


@dataclass(frozen=True)
class Preview:
    looks: list[Look]
    seconds: float

    @property
    def reordered(self) -> int:
        return sum(look.reordered for look in self.looks)

    @property
    def changed(self) -> int:
        return sum(look.changed for look in self.looks)


def preview(view: View, chosen: Sequence[Member] = ()) -> Preview:
    """Of the chosen members, else of a sample: half of those whom the draft concerns, half of everybody."""
    began = time.perf_counter()
    now, then = view.world.tables, view.tables
    people = population(view.world.numbers)
    wanted = [member.pk for member in chosen] or sample(people, now, then, SAMPLE)
    shelf.of(people, wanted)  # all of them with one question
    readers = {member_id: Reader.of(kept.profile.member, view.world) for member_id, kept in shelf.of(people, wanted).items()}
    before, after = rankings(people, readers, now), rankings(people, readers, then)
    looks = [compared(people, readers[who], (before[who], after[who]), (now, then)) for who in wanted if who in readers]
    looks.sort(key=lambda look: (not look.reordered, not look.changed))
    return Preview(looks, time.perf_counter() - began)


def rankings(people: Population, readers: dict[UUID, Reader], tables: Tables) -> dict[UUID, list[UUID]]:
    found = {}
    for member_id, reader in readers.items():
        question = Question(as_viewer(reader), tables, Filters(), [], FIRST, None, None, False)
        answer = look_among(people, question) if isinstance(people, Candidates) else look(people, question)
        found[member_id] = [key.member_id for key in answer.keys]
    return found


def compared(people: Population, reader: Reader, rankings: tuple[list[UUID], list[UUID]], tables: tuple[Tables, Tables]) -> Look:
    before, after = rankings
    everybody = list(dict.fromkeys([*after, *before]))
    kept = shelf.of(people, everybody)
    places = []
    for member_id in everybody:
        if other := kept.get(member_id):
            old, new = (score(reader.features, other.features, made) for made in tables)
            places.append(
                Place(
                    name=other.profile.name,
                    before=rank(before, member_id),
                    after=rank(after, member_id),
                    score_before=shown(old.total),
                    score_after=shown(new.total),
                    parts=list(parts(old, new)),
                )
            )
    return Look(reader.viewer.member_id, reader.viewer.name, places)


def rank(ranking: list[UUID], member_id: UUID) -> int | None:
    return ranking.index(member_id) + 1 if member_id in ranking else None


def parts(old: Score, new: Score) -> Iterable[Part]:
    """The parts whose points differ."""
    for before, after in zip(old.factors, new.factors, strict=True):
        part = Part(str(FACTOR_LABELS[before.name]), before.weight * before.value * 100, after.weight * after.value * 100)
        if abs(part.before - part.after) > 1e-9:
            yield part
    boosted = {names: [0.0, 0.0] for names, _points in (*old.boosts, *new.boosts)}
    for side, result in enumerate((old, new)):
        for names, points in result.boosts:
            boosted[names][side] = points * 100
    for names, (was, becomes) in boosted.items():
        if was != becomes:
            yield Part(boost_label("+".join(names)), was, becomes)


# --- Whom to show ---


def sample(people: Population, now: Tables, then: Tables, size: int) -> list[UUID]:
    """The same for the same draft, so that a reload shows the same people."""
    if isinstance(people, Candidates):  # holds only who was asked for: the newest stand for everybody
        people.hold(Profile.objects.order_by("-pk").values_list("pk", flat=True)[:NEWEST])
    with people.lock:
        listed = people["group"] != NOBODY
        concerned = np.flatnonzero(listed & touched(people, now, then))
        rows = [*spread(concerned, size // 2), *spread(np.flatnonzero(listed), size)]
        return list(dict.fromkeys(people.member_id(int(row)) for row in rows))[:size]


def spread(rows: Rows, count: int) -> list[int]:
    """So many of them, evenly from first to last."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(np.intp))].tolist() if len(rows) else []


def touched(people: Population, now: Tables, then: Tables) -> Mask:
    """Whose skills, field or everything have other values afterwards."""
    old, new = published(people, now), published(people, then)
    if now.weights != then.weights:
        return np.ones(people.count, bool)
    skills = np.flatnonzero(differs(old.worth, new.worth).any(axis=1))
    fields = np.flatnonzero(differs(old.synergies, new.synergies).any(axis=1) | (old.boosts != new.boosts).any(axis=1))
    by_skill: Mask = np.any(np.isin(people["skills"], skills[skills > 0]), axis=1)
    by_field: Mask = np.isin(people.groups.array[:, 0], fields)[people["group"]]
    return by_skill | by_field


def differs(old: Floats, new: Floats) -> Mask:
    """Where two tables differ; NaN, no value, is equal to itself."""
    different: Mask = (old != new) & ~(np.isnan(old) & np.isnan(new))
    return different
