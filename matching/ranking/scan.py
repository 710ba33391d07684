"""Reads everybody once, and keeps those whose bound reaches a floor.

The bound grows dearer and tighter in steps: two look-ups (field, experience, hours and what they demand; place) and the most that
so many values and work styles can add, then those values and styles, then skills and text. After each step, who cannot reach the
floor with the most that the rest can add is left behind. A step takes a few arrays, a block of members at a time, so that what it
reads stays near the processor.
"""

from typing import Any

import numpy as np

from matching.ranking.asked import keep_who_fits, keep_who_may_fulfil
from matching.ranking.bounds import mean_at_most
from matching.ranking.compiled import compiled, ones
from matching.score import NO_SKILLS

BLOCK = 4096


@compiled
def scan(people: Any, lens: Any, asked: Any, count: int, floor: float) -> Any:
    """Rows of everybody whose bound reaches `floor`, and the bounds."""
    rows, most = np.empty(count, np.uint32), np.empty(count, np.float32)
    kept, bounds = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.float32)
    found, least = 0, floor - lens.most.after_words
    for start in range(0, count, BLOCK):
        left = look_up(
            people.group, people.place, people.word_counts, lens.group_bound, lens.place_bound, lens.most.words,
            start, min(start + BLOCK, count), least, kept, bounds,
        )  # fmt: skip
        left = tighten(people, lens, asked, floor, kept, bounds, left)
        rows[found : found + left], most[found : found + left] = kept[:left], bounds[:left]
        found += left
    return rows[:found], most[:found]


@compiled
def scan_some(people: Any, lens: Any, asked: Any, some: Any, floor: float) -> Any:
    """`scan` over the given rows."""
    kept, bounds = some.copy(), np.empty(len(some), np.float32)
    for place in range(len(some)):
        bounds[place] = lens.group_bound[people.group[some[place]]] + lens.place_bound[people.place[some[place]]]
    left = tighten(people, lens, asked, floor, kept, bounds, len(some))
    return kept[:left], bounds[:left]


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
def tighten(people: Any, lens: Any, asked: Any, floor: float, kept: Any, bounds: Any, left: int) -> int:
    """The dearer steps, for those that the first one left."""
    me, most = lens.me, lens.most
    left = keep_who_may_fulfil(people, asked.bits, kept, bounds, left)
    if len(asked.fits):
        left = keep_who_fits(asked.fits, kept, bounds, left)
    left = add_values(
        people.value_bits, people.style_bits, people.word_counts,
        me.value_bits, me.style_bits, most.values, most.styles, floor - most.after_words, kept, bounds, left,
    )  # fmt: skip
    return add_skills(
        people.skill_bits, people.skill_count, people.category_bits, people.wanted_bits, people.wanted_count, people.has_embedding,
        me.weight_skills, me.skills, me.wanted, lens.skills, most.overlap, most.complement, most.i_find, most.they_find, most.semantic,
        floor, kept, bounds, left,
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
    weight_skills: float, my_skills: int, i_want: int, mine: Any,
    most_overlap: Any, most_complement: Any, most_i_find: Any, most_they_find: Any, most_semantic: Any,
    floor: float, kept: Any, bounds: Any, count: int,
) -> int:  # fmt: skip
    """Adds skills and text at their most, and keeps who reaches the floor; how many.

    Overlap always counts, wanted skills when either lists some, and the complement perhaps, unless nothing of theirs fits
    anything of mine.
    """
    left, least = np.uint64(0), np.float32(floor)
    i_want, weight = min(i_want, 1), np.float32(weight_skills)
    for place in range(np.uint64(count)):
        row = kept[place]
        skills, categories, wanted = skill_bits[row], category_bits[row], wanted_bits[row]
        theirs, they_want = skill_count[row], wanted_count[row]
        shared, useless = np.uint64(ones(skills & mine.bits)), np.uint64(ones(categories & ~mine.useful_categories))
        found = np.uint64(ones(wanted & mine.found_bits) + they_want - ones(wanted))
        skills_found, categories_found = ones(skills & mine.wanted_bits), ones(categories & mine.wanted_categories)
        directions = i_want + min(they_want, 1)
        value = most_i_find[np.uint64(skills_found), np.uint64(categories_found)] + most_they_find[found, they_want]
        value = most_overlap[shared, theirs] + (value * np.float32(0.5) if directions == 2 else value)
        parts = np.float32(1 + min(directions, 1))
        nothing_fits = categories & mine.useful_categories == 0
        value = value / parts if nothing_fits else mean_at_most(value, parts, most_complement[shared, theirs, useless])
        if theirs == 0 or my_skills == 0:
            value = np.float32(NO_SKILLS)
        bound = bounds[place] + weight * value + most_semantic[has_embedding[row]]
        kept[left], bounds[left] = row, bound
        left += np.uint64(bound >= least)
    return int(left)
