"""The viewer's skills and wishes as tables over every skill of the vocabulary.

V counts skills, the pad's number 0 included; categories are skills too, each its own home. m is how many skills the viewer
has. Words of bits are those of the population's columns.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.ranking.compiled import compiled
from matching.ranking.published import Floats

# Above every value of the matrix.
ITSELF = 2.0
# So many skills of the viewer's are compared at once.
SIDE_BY_SIDE = 8


class Skills(NamedTuple):
    is_mine: npt.NDArray[np.int64]  # V
    best: Floats  # V: the best value beside a skill of mine, 0 for mine
    has_value: npt.NDArray[np.bool_]  # V: whether any pair with a skill of mine is listed
    worth: Floats  # V × m, filled up to whole SIDE_BY_SIDE: matrix values, 0 for none, ITSELF for a skill of mine beside itself
    most_found: Floats  # [n] is at least the mean of what any n or more of mine find on the other side
    finds: npt.NDArray[np.uint32]  # V: the wanted entries each skill satisfies, as bits
    found_of_me: npt.NDArray[np.int64]  # V: whether my skills satisfy it as a wanted entry
    bits: np.uint64
    useful_categories: np.uint64  # of skills that have a value
    wanted_bits: np.uint64
    wanted_categories: np.uint64
    found_bits: np.uint64  # of what my skills satisfy


def skill_tables(mine: Any, wanted: Any, homes: Any, worth: Any, has_value: Any, skill_words: Any, category_words: Any) -> Skills:
    """`mine` and `wanted` are sorted codes; `worth` and `has_value` are V × V, as published."""
    tables, words = filled(mine, wanted, homes, worth, has_value, skill_words, category_words)
    return Skills(*tables, *map(np.uint64, words))


@compiled
def filled(mine: Any, wanted: Any, homes: Any, worth: Any, has_value: Any, skill_words: Any, category_words: Any) -> Any:
    """The tables and the words of `Skills`."""
    size, padded = len(homes), (len(mine) + SIDE_BY_SIDE - 1) // SIDE_BY_SIDE * SIDE_BY_SIDE
    is_mine, found_of_me, finds = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.uint32)
    best, known, beside, each = np.zeros(size), np.zeros(size, np.bool_), np.zeros((size, padded)), np.zeros(len(mine))
    none = np.uint64(0)
    bits, useful, wanted_bits, wanted_categories, found_bits = none, none, none, none, none
    for own in range(len(mine)):
        skill = mine[own]
        for other in range(size):
            value = worth[skill, other]
            beside[other, own] = value
            best[other], each[own] = max(best[other], value), max(each[own], value)
            known[other] |= has_value[skill, other]
        is_mine[skill], found_of_me[skill], found_of_me[homes[skill]] = 1, 1, 1
        beside[skill, own] = ITSELF
        bits |= skill_words[skill]
    for skill in mine:
        best[skill] = 0.0
    for bit in range(len(wanted)):
        entry = wanted[bit]
        if homes[entry] == entry:
            wanted_categories |= category_words[entry]
        else:
            wanted_bits |= skill_words[entry]
        for skill in range(1, size):
            if skill == entry or homes[skill] == entry:
                finds[skill] |= np.uint32(1 << bit)
    for skill in range(size):
        useful |= category_words[skill] if known[skill] else none
        found_bits |= skill_words[skill] if found_of_me[skill] else none
    tables = is_mine, best, known, beside, means_of_most(each), finds, found_of_me
    return tables, (bits, useful, wanted_bits, wanted_categories, found_bits)


@compiled
def means_of_most(each: Any) -> Any:
    """[n] is the mean of the n highest, and therefore at least that of any n or more; [0] is the highest."""
    means, total = np.zeros(len(each) + 1), 0.0
    highest = np.sort(each)[::-1]
    for place in range(len(each)):
        total += highest[place]
        means[place + 1] = total / (place + 1)
    if len(each):
        means[0] = highest[0]
    return means
