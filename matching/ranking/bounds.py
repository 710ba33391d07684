"""How high a member's score can be, told from a few bytes. Each bound is a function of small numbers, and its sentence is its proof.

A list of codes is also a word of 64 bits, each code one of them, so two lists that share a code share a bit. `bits` is how
many bits a member's list shares with the viewer's, `spare` how many codes of the viewer's share a bit with another of them:
the shared codes are at most `bits + spare`.

The scan reads those that divide from tables of all their values (`Most`), made once for a viewer.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.ranking.compiled import compiled, ones
from matching.ranking.population import COUNTS, MAX_SKILLS, MAX_WANTED, MAX_WORDS
from matching.ranking.skills import SIDE_BY_SIDE
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
def overlap_at_most(shared: int, theirs: int, mine: int) -> np.float32:
    """A similarity below .2 is worth .6, and none is worth more than .9: .6 while 6 × shared is less than both lists together."""
    return np.float32(0.9) if 6 * shared >= theirs + mine else np.float32(0.6)


@compiled
def theirs_find_at_most(useful: int, bring: int, most_best: float) -> float:
    """A category where nothing fits me holds one skill of theirs at least; `useful` others find something, none more than the best."""
    return most_best * min(1.0, useful / max(bring, 1))


@compiled
def mine_find_in(categories: Any, category_worth: Any, room: Any) -> float:
    """The sum of what mine find: each of theirs is of one of their categories, so each of mine finds at most its best value there.

    `room` is for one number a skill of mine.
    """
    total = 0.0
    for start in range(0, category_worth.shape[1], SIDE_BY_SIDE):
        for own in range(SIDE_BY_SIDE):
            room[own] = 0.0
        left = categories
        while left:
            others = left & (left - np.uint64(1))
            category = ones((left ^ others) - np.uint64(1))
            for own in range(SIDE_BY_SIDE):
                value = category_worth[category, start + own]
                room[own] = value if value > room[own] else room[own]
            left = others
        for own in range(SIDE_BY_SIDE):
            total += room[own]
    return total


@compiled
def complement_at_most(shared: int, theirs: int, mine: int, categories: Any, skills: Any, most: Any, room: Any) -> Any:
    """The mean of both directions. Where one list may contain the other, one direction may count alone, and the higher holds."""
    useful, i_bring = categories & skills.useful_categories, mine - shared
    fitting = max(theirs - ones(categories ^ useful), 0)
    theirs_find = most.theirs_find[np.uint64(fitting), np.uint64(theirs - shared)]
    found = np.float32(mine_find_in(useful, skills.category_worth, room) / max(i_bring, 1))
    mine_find = min(most.mine_find[np.uint64(i_bring)], found)
    return max(mine_find, theirs_find) if shared == min(theirs, mine) else (mine_find + theirs_find) * np.float32(0.5)


@compiled
def i_find_at_most(skill_bits: int, category_bits: int, spare: int, wanted: int) -> float:
    """The share of my wanted entries that share a bit with their skills or, as categories, with theirs; spare ones count as found."""
    return min(1.0, (skill_bits + category_bits + spare) / wanted)


@compiled
def they_find_at_most(found: int, wanted: int) -> float:
    """The share of their entries that share a bit with what I satisfy, or their bit with another of theirs: `found` counts both."""
    return min(1.0, found / wanted)


@compiled
def mean_at_most(others: Any, parts: Any, complement: Any, is_sure: bool) -> Any:
    """The mean of so many other parts and the complement; where it is not sure that the complement counts, the higher of both means."""
    both = (others + complement) / (parts + np.float32(1))
    return both if is_sure else max(others / parts, both)


# --- All their values ---

Table = npt.NDArray[np.float32]
# Tables have single precision; sums of their entries are off by less.
SLACK = 4e-6


class Most(NamedTuple):
    """The most that each step of the scan can add, weighted but for the parts of skills."""

    values: Table  # [bits, counts of values and styles]
    styles: Table  # the same
    words: Table  # [counts]: both at their most
    mine_find: Table  # [how many look for a partner]: the mean
    theirs_find: Table  # [useful, brought]: the mean
    complement: np.float32  # of anybody
    i_find: Table  # [skill bits, category bits]; 0 when I want nothing
    they_find: Table  # [found, wanted]; 0 where they want nothing
    semantic: Table  # without and with a text of theirs
    after_words: float  # skills and text together


@compiled
def most_tables(skills: Any, mine: int, wanted: int, me: Any, values: int, styles: int) -> Any:
    """The counts are those of the viewer's lists."""
    spare_values, spare_styles = values - ones(me.value_bits), styles - ones(me.style_bits)
    spare_wanted = wanted - ones(skills.wanted_bits) - ones(skills.wanted_categories)
    of_values, of_styles, of_words = word_tables(spare_values, values, spare_styles, styles, me.weight_values)
    most_best = skills.best.max()
    semantic = semantic_table(me.weight_semantic, me.has_embedding)
    most_complement = max(skills.most_found[0], most_best)
    after_words = me.weight_skills * most_of_skills(mine, most_complement) + semantic[1]
    return Most(
        of_values,
        of_styles,
        of_words,
        skills.most_found.astype(np.float32),
        theirs_find_table(most_best),
        np.float32(most_complement),
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
def theirs_find_table(most_best: float) -> Any:
    table = np.empty((MAX_SKILLS + 1, MAX_SKILLS + 1), np.float32)
    for useful in range(MAX_SKILLS + 1):
        for bring in range(MAX_SKILLS + 1):
            table[useful, bring] = theirs_find_at_most(useful, bring, most_best)
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
