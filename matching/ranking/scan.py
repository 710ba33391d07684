"""Reads everybody once, and keeps those whose bound reaches a floor.

The bound grows dearer and tighter in steps: two look-ups (field, experience, hours and what they demand; place) and the most that
so many values and work styles can add, then those values and styles, then skills and text. After each step, who cannot reach the
floor with the most that the rest can add is left behind. A step takes a few arrays, a block of members at a time, so that what it
reads stays near the processor.
"""

from typing import Any

import numpy as np

from matching.ranking.bounds import complement_at_most, mean_at_most, overlap_at_most, shared_at_most
from matching.ranking.compiled import compiled, ones
from matching.ranking.skills import SIDE_BY_SIDE
from matching.score import NO_SKILLS

BLOCK = 4096


@compiled
def scan(people: Any, lens: Any, count: int, floor: float) -> Any:
    """Rows of everybody whose bound reaches `floor`, and the bounds."""
    rows, most = np.empty(count, np.uint32), np.empty(count, np.float32)
    kept, bounds = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.float32)
    found, least = 0, floor - lens.most.after_words
    for start in range(0, count, BLOCK):
        left = look_up(
            people.group, people.place, people.word_counts, lens.group_bound, lens.place_bound, lens.most.words,
            start, min(start + BLOCK, count), least, kept, bounds,
        )  # fmt: skip
        left = tighten(people, lens, floor, kept, bounds, left)
        rows[found : found + left], most[found : found + left] = kept[:left], bounds[:left]
        found += left
    return rows[:found], most[:found]


@compiled
def scan_some(people: Any, lens: Any, some: Any, floor: float) -> Any:
    """`scan` over the given rows."""
    kept, bounds, left = np.empty(len(some), np.uint32), some_bounds(people, lens, some), 0
    least = np.float32(floor - lens.most.after_words)
    for place in range(len(some)):
        kept[left], bounds[left] = some[place], bounds[place]
        left += bounds[place] + lens.most.words[people.word_counts[some[place]]] >= least
    left = tighten(people, lens, floor, kept, bounds, left)
    return kept[:left], bounds[:left]


@compiled
def some_bounds(people: Any, lens: Any, some: Any) -> Any:
    """The exact parts of group and place of the given rows."""
    bounds = np.empty(len(some), np.float32)
    for place in range(len(some)):
        bounds[place] = lens.group_bound[people.group[some[place]]] + lens.place_bound[people.place[some[place]]]
    return bounds


@compiled
def look_up(
    group: Any, place: Any, word_counts: Any, group_bound: Any, place_bound: Any, most_words: Any,
    start: int, end: int, floor: float, kept: Any, bounds: Any,
) -> int:  # fmt: skip
    """The exact parts of group and place; how many reach the floor with the most of words.

    They are written first and counted after, without a branch.
    """
    left, least = np.uint64(0), np.float32(floor)
    for row in range(np.uint64(start), np.uint64(end)):
        bound = group_bound[group[row]] + place_bound[place[row]]
        kept[left], bounds[left] = row, bound
        left += np.uint64(bound + most_words[word_counts[row]] >= least)
    return int(left)


@compiled
def tighten(people: Any, lens: Any, floor: float, kept: Any, bounds: Any, left: int) -> int:
    """The dearer steps, for those that the first one left."""
    me, most = lens.me, lens.most
    left = add_values(
        people.value_bits, people.style_bits, people.word_counts,
        me.value_bits, me.style_bits, most.values, most.styles, floor - most.after_words, kept, bounds, left,
    )  # fmt: skip
    return add_skills(
        people.skill_bits, people.skill_count, people.category_bits, people.wanted_bits, people.wanted_count, people.has_embedding,
        me, lens.skills, most, floor, kept, bounds, left,
    )  # fmt: skip


@compiled
def add_values(
    value_bits: Any, style_bits: Any, word_counts: Any, my_values: Any, my_styles: Any,
    most_values: Any, most_styles: Any, floor: float, kept: Any, bounds: Any, count: int,
) -> int:  # fmt: skip
    """Adds both similarities at their most, and keeps who reaches the floor; how many."""
    left, least = np.uint64(0), np.float32(floor)
    for place in range(np.uint64(count)):
        row = kept[place]
        counts, shared_values, shared_styles = word_counts[row], ones(value_bits[row] & my_values), ones(style_bits[row] & my_styles)
        bound = bounds[place] + most_values[np.uint64(shared_values), counts] + most_styles[np.uint64(shared_styles), counts]
        kept[left], bounds[left] = row, bound
        left += np.uint64(bound >= least)
    return int(left)


@compiled
def add_skills(
    skill_bits: Any, skill_count: Any, category_bits: Any, wanted_bits: Any, wanted_count: Any, has_embedding: Any,
    me: Any, mine: Any, most: Any, floor: float, kept: Any, bounds: Any, count: int,
) -> int:  # fmt: skip
    """Adds skills and text at their most, and keeps who reaches the floor; how many.

    Overlap always counts, wanted skills when either lists some, and the complement if something of theirs fits something of mine,
    which their categories tell. The complement is dear: it is looked at where the highest one would be enough.
    """
    left, least, room = np.uint64(0), np.float32(floor), np.zeros(SIDE_BY_SIDE)
    i_want, weight, spare = min(me.wanted, 1), np.float32(me.weight_skills), me.skills - ones(mine.bits)
    for place in range(np.uint64(count)):
        row = kept[place]
        skills, categories, wanted = skill_bits[row], category_bits[row], wanted_bits[row]
        theirs, they_want = int(skill_count[row]), wanted_count[row]
        found = np.uint64(ones(wanted & mine.found_bits) + they_want - ones(wanted))
        skills_found, categories_found = np.uint64(ones(skills & mine.wanted_bits)), np.uint64(ones(categories & mine.wanted_categories))
        directions = i_want + min(they_want, 1)
        others = most.i_find[skills_found, categories_found] + most.they_find[found, they_want]
        shared = shared_at_most(ones(skills & mine.bits), spare, theirs, me.skills)
        others = overlap_at_most(shared, theirs, me.skills) + (others * np.float32(0.5) if directions == 2 else others)
        parts, rest = np.float32(1 + min(directions, 1)), bounds[place] + most.semantic[has_embedding[row]]
        if theirs == 0 or me.skills == 0:
            value = np.float32(NO_SKILLS)
        elif rest + weight * mean_at_most(others, parts, most.complement, False) < least:
            continue
        elif categories & mine.useful_categories == 0:
            value = others / parts
        else:
            complement = complement_at_most(shared, theirs, me.skills, categories, mine, most, room)
            is_sure = categories & mine.sure_categories != 0 and shared < max(theirs, me.skills)
            value = mean_at_most(others, parts, complement, is_sure)
        bound = rest + weight * value
        kept[left], bounds[left] = row, bound
        left += np.uint64(bound >= least)
    return int(left)
