"""How high a member's score can be, told from a few bytes. Each bound is a function of small numbers, and its sentence is its proof.

A list of codes is also a word of 64 bits, each code one of them, so two lists that share a code share a bit. `spare` is how many
codes of the viewer's list share a bit with another of them: the shared codes are at most the shared bits and those.

Bounds have single precision: processors add twice as many at once. Their sums are off by less than SLACK.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.ranking.compiled import compiled, inlined, ones
from matching.ranking.skills import SIDE_BY_SIDE
from matching.score import NEUTRAL, NO_SKILLS

Single = np.float32
Table = npt.NDArray[np.float32]
SLACK = 4e-6


@inlined
def count(bits: Any) -> Any:
    return np.int32(ones(bits))


@inlined
def similar_at_most(theirs: Any, mine: Any, spare: Any, i_list_some: Any) -> Any:
    """Of two lists' words: shared / all of both. No list has fewer codes than bits, so all are at least the bits of both.

    Neutral if either list is empty.
    """
    share = (Single(count(theirs & mine)) + spare) / max(Single(count(theirs | mine)), Single(1))
    return min(share, Single(1)) if i_list_some and theirs != 0 else Single(NEUTRAL)


@inlined
def shared_at_most(theirs: Any, mine: Any, spare: Any, they_bring: Any, i_bring: Any) -> Any:
    """Each shared skill sets a shared bit, but for the spare ones; and no more are shared than the shorter list has."""
    return min(count(theirs & mine) + spare, min(they_bring, i_bring))


@inlined
def overlap_at_most(shared: Any, theirs: Any, mine: Any) -> Any:
    """A similarity below .2 is worth .6, and none is worth more than .9: .6 while 6 × shared is less than both lists together."""
    return Single(0.9) if 6 * shared >= theirs + mine else Single(0.6)


@inlined
def i_find_at_most(skills: Any, categories: Any, mine: Any, most: Any) -> Any:
    """The share of my wanted entries that share a bit with their skills or, as categories, with theirs; spare ones count as found."""
    found = count(skills & mine.wanted_bits) + count(categories & mine.wanted_categories)
    return min(Single(1), (Single(found) + most.spare_wanted) * most.per_wanted)


@inlined
def they_find_at_most(wanted: Any, they_want: Any, mine: Any) -> Any:
    """The share of their entries that share a bit with what I satisfy, or their bit with another of theirs."""
    found = count(wanted & mine.found_bits) + they_want - count(wanted)
    return min(Single(1), Single(found) / max(Single(they_want), Single(1)))


@inlined
def wanted_at_most(i_find: Any, i_want: Any, they_find: Any, they_want: Any) -> Any:
    """The mean of the directions in which somebody wants something; 0 without one. `want` is 1 or 0."""
    found = i_find * i_want + they_find * they_want
    return found * Single(0.5) if i_want + they_want > Single(1) else found


@inlined
def mean_without(others: Any, someone_wants: Any) -> Any:
    """The mean of overlap and, where somebody wants something, wanted skills; `others` is their sum."""
    return others * Single(0.5) if someone_wants else others


@inlined
def mean_at_most(others: Any, someone_wants: Any, complement: Any, is_sure: Any) -> Any:
    """The mean of those and the complement; where it is not sure that the complement counts, the higher of both means."""
    both = (others + complement) * (Single(1 / 3) if someone_wants else Single(0.5))
    return both if is_sure else max(mean_without(others, someone_wants), both)


@inlined
def theirs_find_at_most(categories: Any, theirs: Any, shared: Any, mine: Any, most: Any) -> Any:
    """The mean. A category where nothing fits me holds one skill of theirs at least; the others find something, none more than the best."""
    useful = max(theirs - count(categories & ~mine.useful_categories), np.int32(0))
    return most.best * min(Single(1), Single(useful) / max(Single(theirs - shared), Single(1)))


@inlined
def both_ways_at_most(mine_find: Any, theirs_find: Any, shared: Any, theirs: Any, mine: Any) -> Any:
    """The mean of both directions. Where one list may contain the other, one direction may count alone, and the higher holds."""
    return max(mine_find, theirs_find) if shared == min(theirs, mine) else (mine_find + theirs_find) * Single(0.5)


@compiled
def mine_find_in(categories: Any, category_worth: Any, room: Any) -> Any:
    """The sum of what mine find: each of theirs is of one of their categories, so each of mine finds at most its best value there.

    `room` is for one number a skill of mine.
    """
    total = Single(0)
    for start in range(0, category_worth.shape[1], SIDE_BY_SIDE):
        for own in range(SIDE_BY_SIDE):
            room[own] = Single(0)
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
def mine_find_at_most(categories: Any, shared: int, mine: Any, most: Any, room: Any) -> Any:
    """The mean: no more than in those categories, and no more than so many of mine find with anybody."""
    looking = most.mine - shared
    found = mine_find_in(categories & mine.useful_categories, mine.category_worth, room) / Single(max(looking, 1))
    return min(most.mine_find[np.uint64(looking)], found)


# --- What they need of the viewer ---


class Most(NamedTuple):
    """The viewer's weights and counts as the bounds take them, and the most that each part can be for anybody."""

    values: np.float32  # the weight
    spare_values: np.float32
    i_list_values: bool
    styles: np.float32
    spare_styles: np.float32
    i_list_styles: bool
    skills: np.float32
    spare_skills: np.int32
    mine: np.int32  # how many skills
    i_want: np.float32  # 1, or 0 when I want nothing
    per_wanted: np.float32
    spare_wanted: np.float32
    best: np.float32  # what any skill finds beside one of mine
    mine_find: Table  # [how many look for a partner]: the mean
    semantic: Table  # without and with a text of theirs
    after_look_up: float  # of all that is not told by group and place


@compiled
def most_of(skills: Any, me: Any, values: int, styles: int) -> Any:
    """The counts are those of the viewer's words."""
    most_best = skills.best.max()
    most_complement, semantic = max(skills.most_found[0], most_best), semantic_table(me.weight_semantic, me.has_embedding)
    return Most(
        Single(0.6 * me.weight_values),
        Single(values - ones(me.value_bits)),
        values > 0,
        Single(0.4 * me.weight_values),
        Single(styles - ones(me.style_bits)),
        styles > 0,
        Single(me.weight_skills),
        np.int32(me.skills - ones(skills.bits)),
        np.int32(me.skills),
        Single(min(me.wanted, 1)),
        Single(1 / max(me.wanted, 1)),
        Single(me.wanted - ones(skills.wanted_bits) - ones(skills.wanted_categories)),
        Single(most_best),
        skills.most_found.astype(np.float32),
        semantic,
        me.weight_values + me.weight_skills * most_of_skills(me.skills, most_complement) + semantic[1],
    )


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
