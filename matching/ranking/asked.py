"""What a viewer asks of others beyond field, experience, hours and place: conditions on lists, and a mask for the rest."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from matching.ranking.codes import MISSING
from matching.ranking.compiled import AHEAD, compiled, fetch
from matching.ranking.filters import Filters
from matching.ranking.lens import LensMaker, one_word
from matching.ranking.population import Mask, Population, halves

# One in so many is few.
FEW = 4


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
            excluded=pairs_of(self.maker.viewer.excluded, self.maker.viewer.member_id),
            fits=fits,
            now=now,
        )


@lru_cache(maxsize=256)
def pairs_of(excluded: frozenset[UUID], viewer: UUID) -> npt.NDArray[np.uint64]:
    """Sorted pairs of halves. Not to be written to."""
    return np.array(sorted(map(halves, [*excluded, viewer])), np.uint64)


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
def is_narrow(asked: Any) -> bool:
    """Whether something is asked that `who_may_fit` tells."""
    return len(asked.bits) > 0 or len(asked.fits) > 0


@compiled
def who_may_fit(people: Any, asked: Any, count: int) -> Any:
    """Rows of those whom the mask lets through and who share a bit with each condition: without one they share no code. None when
    nothing is asked that tells.

    When that leaves few, only those who fulfil the conditions: their lists are read now, and not each time that they look good.
    """
    if not is_narrow(asked):
        return np.empty(0, np.uint32)
    fit = asked.fits.copy() if len(asked.fits) else np.ones(count, np.uint8)
    for bits in asked.bits:
        shares = np.zeros(count, np.uint8)
        mark_who_shares(people.skill_bits, bits[0], shares)
        mark_who_shares(people.category_bits, bits[1], shares)
        mark_who_shares(people.wanted_bits, bits[2], shares)
        mark_who_shares(people.language_bits, bits[3], shares)
        fit &= shares
    rows, found = np.empty(fit.sum(), np.uint32), 0
    for row in range(count):
        if fit[row]:
            rows[found] = row
            found += 1
    return who_fulfils(people, asked, rows) if found * FEW < count else rows


@compiled
def who_fulfils(people: Any, asked: Any, rows: Any) -> Any:
    kept, left = rows.copy(), len(rows)
    for condition in range(len(asked.bits)):
        left = keep_who_meets(
            people.skills, people.wanted, people.languages,
            asked.bits[condition], asked.skills[condition], asked.wanted[condition], asked.languages[condition], kept, left,
        )  # fmt: skip
    return kept[:left]


@compiled
def keep_who_meets(skills: Any, wanted: Any, languages: Any, bits: Any, fine: Any, found: Any, spoken: Any, kept: Any, count: int) -> int:
    """Moves those to the front who meet a condition; how many. Only lists for which it has bits are read."""
    left, by_skills, by_wanted, by_languages = 0, bits[0] | bits[1] != 0, bits[2] != 0, bits[3] != 0
    for place in range(count):
        row = kept[place]
        fetch(skills, kept[min(place + AHEAD, count - 1)])
        kept[left] = row
        left += (
            (by_skills and holds_one(row, skills, fine))
            or (by_wanted and holds_one(row, wanted, found))
            or (by_languages and speaks_one(row, languages, spoken))
        )
    return left


@compiled
def mark_who_shares(words: Any, bits: Any, shares: Any) -> None:
    if bits:
        for row in range(len(shares)):
            shares[row] |= words[row] & bits != 0


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
        met = holds_one(row, skills, asked_skills[condition]) or holds_one(row, wanted, asked_wanted[condition])
        if not met and not speaks_one(row, languages, asked_languages[condition]):
            return False
    return True


@compiled
def holds_one(row: int, codes: Any, fine: Any) -> bool:
    """Whether one of the row's skills is fine."""
    for place in range(codes.shape[1]):
        if codes[row, place] == 0:
            return False
        if fine[codes[row, place]]:
            return True
    return False


@compiled
def speaks_one(row: int, languages: Any, fine: Any) -> bool:
    for place in range(languages.shape[1]):
        if languages[row, place] == MISSING:
            return False
        for language in fine:
            if languages[row, place] == language:
                return True
    return False
