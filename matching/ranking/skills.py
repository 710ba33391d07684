"""The viewer's skills and wishes as tables over every skill of the vocabulary.

V counts skills, the pad's number 0 included; categories are skills too, each its own home. m is how many skills the viewer
has. Words of bits are those of the population's columns.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.ranking.compiled import compiled, ones
from matching.ranking.population import WORD
from matching.ranking.published import Floats, Partners

# Above every value of the matrix.
ITSELF = 2.0
# So many skills of the viewer's are compared at once.
SIDE_BY_SIDE = 8


class Skills(NamedTuple):
    is_mine: npt.NDArray[np.bool_]  # V
    best: Floats  # V: the best value beside a skill of mine, 0 for mine
    has_value: npt.NDArray[np.bool_]  # V: whether any pair with a skill of mine is listed
    place: npt.NDArray[np.uint16]  # V: where a skill is in `worth`; 0 for the many that are worth nothing
    worth: Floats  # W × m, filled up to whole SIDE_BY_SIDE: matrix values, 0 for none, ITSELF for a skill of mine beside itself
    category_worth: npt.NDArray[np.float32]  # 64 × m, filled up likewise: by the bit of a category, the best value of one of its skills
    most_found: Floats  # [n] is at least the mean of what any n or more of mine find on the other side
    finds: npt.NDArray[np.uint32]  # V: the wanted entries each skill satisfies, as bits
    found_of_me: npt.NDArray[np.bool_]  # V: whether my skills satisfy it as a wanted entry
    bits: np.uint64
    useful_categories: np.uint64  # some of whose skills have a value
    sure_categories: np.uint64  # all of whose skills have one
    wanted_bits: np.uint64
    wanted_categories: np.uint64
    found_bits: np.uint64  # of what my skills satisfy


def skill_tables(mine: Any, wanted: Any, homes: Any, partners: Partners, skill_words: Any, category_words: Any) -> Skills:
    """`mine` and `wanted` are sorted codes."""
    tables, words = filled(mine, wanted, homes, partners, skill_words, category_words)
    return Skills(*tables, *map(np.uint64, words))


@compiled
def filled(mine: Any, wanted: Any, homes: Any, partners: Any, skill_words: Any, category_words: Any) -> Any:
    """The tables and the words of `Skills`."""
    size, padded = len(homes), (len(mine) + SIDE_BY_SIDE - 1) // SIDE_BY_SIDE * SIDE_BY_SIDE
    is_mine, found_of_me, finds = np.zeros(size, np.bool_), np.zeros(size, np.bool_), np.zeros(size, np.uint32)
    best, known, each, none = np.zeros(size), np.zeros(size, np.bool_), np.zeros(len(mine)), np.uint64(0)
    places, by_category = worth_places(mine, partners, size), np.zeros((WORD, padded), np.float32)
    beside = np.zeros((places.max() + 1, padded))
    bits, useful, doubtful, wanted_bits, wanted_categories, found_bits = none, none, none, none, none, none
    for own in range(len(mine)):
        skill = mine[own]
        for place in range(partners.starts[skill], partners.starts[skill + 1]):
            other, value = partners.others[place], partners.values[place]
            category = ones(category_words[other] - np.uint64(1))
            beside[places[other], own], known[other] = value, True
            by_category[category, own] = max(by_category[category, own], np.float32(value))
            best[other], each[own] = max(best[other], value), max(each[own], value)
        is_mine[skill], found_of_me[skill], found_of_me[homes[skill]] = True, True, True
        beside[places[skill], own] = ITSELF
        bits |= skill_words[skill]
    for skill in mine:
        best[skill] = 0.0
    for place in range(len(wanted)):
        entry, bit = wanted[place], np.uint32(1 << place)
        finds[entry] |= bit
        if homes[entry] != entry:
            wanted_bits |= skill_words[entry]
        else:
            wanted_categories |= category_words[entry]
            for skill in range(1, size):
                finds[skill] |= bit if homes[skill] == entry else np.uint32(0)
    for skill in range(size):
        useful |= category_words[skill] if known[skill] else none
        doubtful |= none if known[skill] else category_words[skill]
        found_bits |= skill_words[skill] if found_of_me[skill] else none
    tables = is_mine, best, known, places, beside, by_category, means_of_most(each), finds, found_of_me
    return tables, (bits, useful, useful & ~doubtful, wanted_bits, wanted_categories, found_bits)


@compiled
def worth_places(mine: Any, partners: Any, size: int) -> Any:
    """By skill: 1, 2, … for mine and for those with a value beside one of mine."""
    places, last = np.zeros(size, np.uint16), 0
    for skill in mine:
        for other in partners.others[partners.starts[skill] : partners.starts[skill + 1]]:
            if places[other] == 0:
                last += 1
                places[other] = last
        if places[skill] == 0:
            last += 1
            places[skill] = last
    return places


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
