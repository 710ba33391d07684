"""How high a member's score can be, told from a few bytes. Each bound is a function of small numbers, and its sentence is its proof.

A list of codes is also a word of 64 bits, each code one of them, so two lists that share a code share a bit. `bits` is how
many bits a member's list shares with the viewer's, `spare` how many codes of the viewer's share a bit with another of them:
the shared codes are at most `bits + spare`.

The scan does not call these functions but reads tables of all their values (`tables`), made once a search.
"""

from typing import Any

import numpy as np

from matching.ranking.compiled import compiled
from matching.ranking.population import MAX_SKILLS, MAX_WANTED, MAX_WORDS
from matching.score import NEUTRAL, NO_SKILLS


@compiled
def shared_at_most(bits: int, spare: int, theirs: int, mine: int) -> int:
    """Each shared code sets a shared bit, but for those of mine that share theirs; and no more are shared than the shorter list has."""
    return min(bits + spare, min(theirs, mine))


@compiled
def jaccard_at_most(bits: int, spare: int, theirs: int, mine: int) -> float:
    """shared / (theirs + mine - shared) grows with what is shared. Neutral if either list is empty."""
    if theirs == 0 or mine == 0:
        return NEUTRAL
    shared = shared_at_most(bits, spare, theirs, mine)
    return shared / (theirs + mine - shared)


@compiled
def overlap_at_most(bits: int, spare: int, theirs: int, mine: int) -> float:
    """A similarity below .2 is worth .6, and none is worth more than .9: .6 while 6 × shared is less than both lists together."""
    return 0.9 if 6 * shared_at_most(bits, spare, theirs, mine) >= theirs + mine else 0.6


@compiled
def complement_at_most(bits: int, spare: int, theirs: int, mine: int, useless: int, most_found: Any, most_best: float) -> float:
    """The mean of what mine and theirs find, each at its most.

    Mine: at least `mine - shared` skills look for a partner, and the mean of any so many is at most the mean of the best so many,
    which `most_found` lists. Theirs: a category in which nothing fits me holds one skill of theirs at least, so all but `useless`
    of them find something, and none of them more than the best. When one list may be contained in the other, one direction may
    count alone, and the higher holds.
    """
    shared = shared_at_most(bits, spare, theirs, mine)
    mine_find = most_found[mine - shared]
    theirs_find = most_best * min(1.0, max(theirs - useless, 0) / max(theirs - shared, 1))
    if shared < min(theirs, mine):
        return (mine_find + theirs_find) / 2
    return max(mine_find, theirs_find)


@compiled
def i_find_at_most(skill_bits: int, category_bits: int, spare: int, wanted: int) -> float:
    """The share of my wanted entries that share a bit with their skills or, as categories, with theirs; spare ones count as found."""
    return min(1.0, (skill_bits + category_bits + spare) / wanted)


@compiled
def they_find_at_most(found: int, wanted: int) -> float:
    """The share of their entries that share a bit with what I satisfy, or their bit with another of theirs: `found` counts both."""
    return min(1.0, found / wanted)


@compiled
def mean_at_most(sure: Any, parts: Any, complement: Any) -> Any:
    """The mean of the sure parts and perhaps the complement: whether it counts is not known, so the higher of both means."""
    return max(sure / parts, (sure + complement) / (parts + 1))


# --- All their values ---


@compiled
def jaccard_table(spare: int, mine: int, weight: float) -> Any:
    """[bits, theirs], weighted."""
    table = np.empty((MAX_WORDS + 1, MAX_WORDS + 1), np.float32)
    for bits in range(MAX_WORDS + 1):
        for theirs in range(MAX_WORDS + 1):
            table[bits, theirs] = weight * jaccard_at_most(bits, spare, theirs, mine)
    return table


@compiled
def overlap_table(spare: int, mine: int) -> Any:
    """[bits, theirs]."""
    table = np.empty((mine + 1, MAX_SKILLS + 1), np.float32)
    for bits in range(mine + 1):
        for theirs in range(MAX_SKILLS + 1):
            table[bits, theirs] = overlap_at_most(bits, spare, theirs, mine)
    return table


@compiled
def complement_table(spare: int, mine: int, most_found: Any, most_best: float) -> Any:
    """[bits, theirs, useless]."""
    table = np.empty((mine + 1, MAX_SKILLS + 1, MAX_SKILLS + 1), np.float32)
    for bits in range(mine + 1):
        for theirs in range(MAX_SKILLS + 1):
            for useless in range(MAX_SKILLS + 1):
                table[bits, theirs, useless] = complement_at_most(bits, spare, theirs, mine, useless, most_found, most_best)
    return table


@compiled
def i_find_table(spare: int, wanted: int) -> Any:
    """[skill bits, category bits]; empty when I want nothing."""
    table = np.zeros((MAX_WANTED + 1, MAX_WANTED + 1), np.float32)
    for skill_bits in range(MAX_WANTED + 1):
        for category_bits in range(MAX_WANTED + 1):
            if wanted > 0:
                table[skill_bits, category_bits] = i_find_at_most(skill_bits, category_bits, spare, wanted)
    return table


@compiled
def they_find_table() -> Any:
    """[found, wanted]; 0 where they want nothing."""
    table = np.zeros((MAX_WANTED + 1, MAX_WANTED + 1), np.float32)
    for found in range(MAX_WANTED + 1):
        for wanted in range(1, MAX_WANTED + 1):
            table[found, wanted] = they_find_at_most(found, wanted)
    return table


def most_of_skills(mine: int, complement: float) -> float:
    """The mean of any known parts is at most the mean of the highest of them: overlap .9, the complement, wanted skills 1."""
    if mine == 0:
        return NO_SKILLS
    rest = sorted([complement, 1.0], reverse=True)
    return max((0.9 + sum(rest[:n])) / (n + 1) for n in range(3))
