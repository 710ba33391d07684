"""How high a member's score can be, told from a few bytes. Each bound is a function of small numbers, and its sentence is its proof.

A list of codes is also a word of 64 bits, each code one of them, so two lists that share a code share a bit. `bits` is how
many bits a member's list shares with the viewer's, `spare` how many codes of the viewer's share a bit with another of them:
the shared codes are at most `bits + spare`.

The scan does not call these functions but reads tables of all their values (`Most`), made once for a viewer.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.ranking.compiled import compiled, ones
from matching.ranking.population import COUNTS, MAX_SKILLS, MAX_WANTED, MAX_WORDS
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

Table = npt.NDArray[np.float32]
# Tables have single precision; sums of their entries are off by less.
SLACK = 4e-6


class Most(NamedTuple):
    """The most that each step of the scan can add, weighted but for the parts of skills."""

    values: Table  # [bits, counts of values and styles]
    styles: Table  # the same
    words: Table  # [counts]: both at their most
    overlap: Table  # [bits, theirs]
    complement: Table  # [bits, theirs, useless]
    i_find: Table  # [skill bits, category bits]; 0 when I want nothing
    they_find: Table  # [found, wanted]; 0 where they want nothing
    semantic: Table  # without and with a text of theirs
    after_words: float  # skills and text together


@compiled
def most_tables(skills: Any, mine: int, wanted: int, me: Any, values: int, styles: int) -> Any:
    """The counts are those of the viewer's lists."""
    spare_values, spare_styles = values - ones(me.value_bits), styles - ones(me.style_bits)
    spare, spare_wanted = mine - ones(skills.bits), wanted - ones(skills.wanted_bits) - ones(skills.wanted_categories)
    of_values, of_styles, of_words = word_tables(spare_values, values, spare_styles, styles, me.weight_values)
    most_best = skills.best.max()
    semantic = semantic_table(me.weight_semantic, me.has_embedding)
    after_words = me.weight_skills * most_of_skills(mine, max(skills.most_found[0], most_best)) + semantic[1]
    return Most(
        of_values,
        of_styles,
        of_words,
        overlap_table(spare, mine),
        complement_table(spare, mine, skills.most_found, most_best),
        i_find_table(spare_wanted, wanted),
        they_find_table(),
        semantic,
        after_words,
    )


@compiled
def word_tables(spare_values: int, my_values: int, spare_styles: int, my_styles: int, weight: float) -> Any:
    lengths = MAX_WORDS + 1
    values, styles = np.empty((lengths, COUNTS), np.float32), np.empty((lengths, COUNTS), np.float32)
    words = np.empty(COUNTS, np.float32)
    for counts in range(COUNTS):
        for bits in range(lengths):
            values[bits, counts] = 0.6 * weight * jaccard_at_most(bits, spare_values, counts // lengths, my_values)
            styles[bits, counts] = 0.4 * weight * jaccard_at_most(bits, spare_styles, counts % lengths, my_styles)
        words[counts] = values[MAX_WORDS, counts] + styles[MAX_WORDS, counts]
    return values, styles, words


@compiled
def overlap_table(spare: int, mine: int) -> Any:
    table = np.empty((mine + 1, MAX_SKILLS + 1), np.float32)
    for bits in range(mine + 1):
        for theirs in range(MAX_SKILLS + 1):
            table[bits, theirs] = overlap_at_most(bits, spare, theirs, mine)
    return table


@compiled
def complement_table(spare: int, mine: int, most_found: Any, most_best: float) -> Any:
    table = np.empty((mine + 1, MAX_SKILLS + 1, MAX_SKILLS + 1), np.float32)
    for bits in range(mine + 1):
        for theirs in range(MAX_SKILLS + 1):
            for useless in range(MAX_SKILLS + 1):
                table[bits, theirs, useless] = complement_at_most(bits, spare, theirs, mine, useless, most_found, most_best)
    return table


@compiled
def i_find_table(spare: int, wanted: int) -> Any:
    table = np.zeros((MAX_WANTED + 1, MAX_WANTED + 1), np.float32)
    for skill_bits in range(MAX_WANTED + 1):
        for category_bits in range(MAX_WANTED + 1):
            if wanted > 0:
                table[skill_bits, category_bits] = i_find_at_most(skill_bits, category_bits, spare, wanted)
    return table


@compiled
def they_find_table() -> Any:
    table = np.zeros((MAX_WANTED + 1, MAX_WANTED + 1), np.float32)
    for found in range(MAX_WANTED + 1):
        for wanted in range(1, MAX_WANTED + 1):
            table[found, wanted] = they_find_at_most(found, wanted)
    return table


@compiled
def semantic_table(weight: float, i_have_a_text: bool) -> Any:
    """No cosine is above 1; without both texts the value is neutral."""
    table = np.empty(2, np.float32)
    table[0] = weight * NEUTRAL + SLACK
    table[1] = weight * (1.0 if i_have_a_text else NEUTRAL) + SLACK
    return table


@compiled
def most_of_skills(mine: int, complement: float) -> float:
    """The mean of any known parts is at most the mean of the highest of them: overlap .9, the complement, wanted skills 1."""
    if mine == 0:
        return NO_SKILLS
    return max(0.9, (0.9 + 1.0) / 2, (0.9 + 1.0 + complement) / 3)
