"""What a viewer asks of others beyond field, experience, hours and place: conditions on lists, and a mask for the rest."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from matching.ranking.codes import MISSING
from matching.ranking.compiled import compiled
from matching.ranking.filters import Filters
from matching.ranking.lens import LensMaker, one_word
from matching.ranking.population import Mask, Population, halves


class Asked(NamedTuple):
    """C conditions, each fulfilled by one skill, wanted skill or language of the member's; all of them must be.

    `bits` is C × 4, the words of each condition over skill, category, wanted and language bits: who shares none of them
    does not fulfil it. The tables say exactly which codes do. `excluded` are the ids of the viewer and of whom they must
    not see, as sorted pairs of halves. `fits` is a byte a member, 1 for whom the remaining filters let through; empty when there are none.
    """

    bits: npt.NDArray[np.uint64]
    skills: Mask  # C × V
    wanted: Mask  # C × V
    languages: npt.NDArray[np.int32]  # C × up to L codes
    excluded: npt.NDArray[np.uint64]  # E × 2
    fits: npt.NDArray[np.uint8]
    now: float


class Conditions:
    """Collects the conditions of some filters over one population."""

    def __init__(self, maker: LensMaker, filters: Sequence[Filters]) -> None:
        self.maker, self.people = maker, maker.people
        self.size = len(self.people.skills)
        self.rows: list[tuple[list[int], Mask, Mask, list[int]]] = []
        for asked in filters:
            self._of(asked)

    def _of(self, asked: Filters) -> None:
        if asked.skills:
            entries = [self.people.skills.known(key) for key in asked.skills]
            alternatives = [[entry] for entry in entries] if asked.skills_mode == "all" else [entries]
            for group in alternatives:
                self._add(skills=[entry for entry in group if entry != MISSING])
        if asked.wanted_by_them:
            found = self.maker.wanted_of_me
            self.rows.append(([0, 0, self.people.words_of_skills(found), 0], self._nothing(), self.maker.wanted_of_me, []))
        if asked.language:
            codes = self.people.words.of(asked.language)
            self.rows.append(([0, 0, 0, int(one_word(np.array(codes, np.int32)))], self._nothing(), self._nothing(), codes))

    def _add(self, skills: list[int]) -> None:
        """Any of these skills; a category is there by any skill of it."""
        people, fine = self.people, self._nothing()
        for entry in skills:
            fine |= self.maker.satisfying(entry)
        categories = [entry for entry in skills if people.homes[entry] == entry]
        self.rows.append(([people.words_of_skills(skills), people.words_of_categories(categories), 0, 0], fine, self._nothing(), []))

    def _nothing(self) -> Mask:
        return np.zeros(self.size, bool)

    def asked(self, fits: npt.NDArray[np.uint8], now: float) -> Asked:
        longest = max([1, *(len(codes) for *_, codes in self.rows)])
        languages = np.full((len(self.rows), longest), MISSING, np.int32)
        for place, (*_, codes) in enumerate(self.rows):
            languages[place, : len(codes)] = codes
        return Asked(
            bits=np.array([bits for bits, *_ in self.rows], np.uint64).reshape(-1, 4),
            skills=np.array([fine for _, fine, *_ in self.rows], bool).reshape(-1, self.size),
            wanted=np.array([fine for _, _, fine, _ in self.rows], bool).reshape(-1, self.size),
            languages=languages,
            excluded=np.array(sorted(map(halves, [*self.maker.viewer.excluded, self.maker.viewer.member_id])), np.uint64),
            fits=fits,
            now=now,
        )


def fits(maker: LensMaker, filters: Sequence[Filters], online: Sequence[UUID]) -> npt.NDArray[np.uint8]:
    """Who fits the filters that no table answers."""
    people = maker.people
    masks = [mask for asked in filters for mask in masks_of(people, maker.viewer.cell, asked, online)]
    return np.logical_and.reduce(masks).view(np.uint8) if masks else np.zeros(0, np.uint8)


def masks_of(people: Population, cell: str, asked: Filters, online: Sequence[UUID]) -> Iterator[Mask]:
    """A mask over everybody for each of them."""
    if asked.has_photo:
        yield people["has_photo"]
    if asked.online:
        here = np.zeros(people.count, bool)
        here[people.rows(online)] = True
        yield here
    if asked.within_km is not None:
        near = people.distances(cell) <= asked.within_km if cell else np.zeros(len(people.cells), bool)
        yield np.append(near, False)[people["cell"]]


@compiled
def keep_who_may_fulfil(people: Any, bits: Any, kept: Any, bounds: Any, left: int) -> int:
    """Moves those to the front who share a bit with each condition: without one they share no code. How many."""
    for condition in range(len(bits)):
        left = keep_who_share(
            people.skill_bits, people.category_bits, people.wanted_bits, people.language_bits, bits[condition], kept, bounds, left
        )
    return left


@compiled
def keep_who_fits(fits: Any, kept: Any, bounds: Any, left: int) -> int:
    """Moves those to the front whom the mask lets through. How many."""
    still = 0
    for place in range(left):
        row = kept[place]
        kept[still], bounds[still] = row, bounds[place]
        still += fits[row]
    return still


@compiled
def keep_who_share(skills: Any, categories: Any, wanted: Any, languages: Any, bits: Any, kept: Any, bounds: Any, left: int) -> int:
    still = 0
    for place in range(left):
        row = kept[place]
        kept[still], bounds[still] = row, bounds[place]
        shared = (skills[row] & bits[0]) | (categories[row] & bits[1]) | (wanted[row] & bits[2]) | (languages[row] & bits[3])
        still += shared != 0
    return still


@compiled
def is_excluded(high: Any, low: Any, excluded: Any) -> bool:
    """Whether an id, given by its halves, is among the sorted pairs."""
    place = np.searchsorted(excluded[:, 0], high)
    while place < len(excluded) and excluded[place, 0] == high:
        if excluded[place, 1] == low:
            return True
        place += 1
    return False


@compiled
def fulfils(row: int, skills: Any, wanted: Any, languages: Any, asked_skills: Any, asked_wanted: Any, asked_languages: Any) -> bool:
    """Whether the member fulfils every condition."""
    for condition in range(len(asked_skills)):
        met = False
        for place in range(skills.shape[1]):
            if skills[row, place] == 0:
                break
            met |= asked_skills[condition, skills[row, place]]
        for place in range(wanted.shape[1]):
            if wanted[row, place] == 0:
                break
            met |= asked_wanted[condition, wanted[row, place]]
        for place in range(languages.shape[1]):
            if languages[row, place] == MISSING:
                break
            for asked in range(asked_languages.shape[1]):
                met |= languages[row, place] == asked_languages[condition, asked]
        if not met:
            return False
    return True
