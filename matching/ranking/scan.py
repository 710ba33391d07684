"""Reads everybody once, and keeps those whose bound reaches a floor.

The bound grows dearer and tighter in steps: two look-ups (field, experience, hours and what they demand; place), values and work
styles, skills and text but for what finds a partner, then that. A block of members is taken at a time, so that what a step writes stays
near the processor, and each step is one loop over few arrays without a branch, which the compiler makes one of many members at once.

The look-ups tell how many of a block can reach the floor with the most that the rest can add. Few are drawn together first; when
many can, taking all is quicker than picking them.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.ranking.bounds import (
    Single,
    both_ways_at_most,
    i_find_at_most,
    mean_at_most,
    mean_without,
    mine_find_at_most,
    overlap_at_most,
    shared_at_most,
    similar_at_most,
    theirs_find_at_most,
    they_find_at_most,
    wanted_at_most,
)
from matching.ranking.compiled import compiled, compiled_loosely, inlined
from matching.ranking.lens import OUT
from matching.ranking.population import Words
from matching.ranking.skills import SIDE_BY_SIDE
from matching.score import NO_SKILLS

BLOCK = 8192
# One in so many of a block is few.
FEW = 3


class Lists(NamedTuple):
    """What the members of a block list, as the population's columns have it."""

    value_bits: Words
    style_bits: Words
    skill_bits: Words
    category_bits: Words
    wanted_bits: Words
    skill_count: npt.NDArray[np.uint8]
    wanted_count: npt.NDArray[np.uint8]
    has_embedding: npt.NDArray[np.uint8]


class Room(NamedTuple):
    """What a block is worked on in."""

    lists: Lists
    kept: npt.NDArray[np.uint32]  # rows
    bounds: npt.NDArray[np.float32]
    highest: npt.NDArray[np.float32]
    found: npt.NDArray[np.float32]  # one number a skill of the viewer's


@compiled
def scan(people: Any, lens: Any, count: int, floor: float) -> Any:
    """Rows of everybody whose bound reaches `floor`, and the bounds."""
    rows, most, found = np.empty(count, np.uint32), np.empty(count, np.float32), 0
    room, least = new_room(), Single(floor - lens.most.after_look_up)
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        left = end - start
        reaching = look_up(people.group[start:end], people.place[start:end], lens.group_bound, lens.place_bound, least, room.bounds, left)
        for place in range(np.uint64(left)):
            room.kept[place] = start + place
        if reaching * FEW < left:
            left = keep_who_reaches(least, room, left)
            lists = gathered(people, room, left)
        else:
            lists = between(people, start, end)
        found += tighten(lists, lens, floor, room, left, rows[found:], most[found:])
    return rows[:found], most[:found]


@compiled
def scan_some(people: Any, lens: Any, some: Any, floor: float) -> Any:
    """`scan` over the given rows."""
    rows, most, found = np.empty(len(some), np.uint32), np.empty(len(some), np.float32), 0
    room, least = new_room(), Single(floor - lens.most.after_look_up)
    for start in range(0, len(some), BLOCK):
        left = take(people, lens, room, some[start : start + BLOCK], least)
        found += tighten(gathered(people, room, left), lens, floor, room, left, rows[found:], most[found:])
    return rows[:found], most[:found]


@compiled
def guess(people: Any, lens: Any, some: Any) -> Any:
    """The given rows but for those who are out, and their bounds without the last step, which is dear: to begin with the likely ones."""
    rows, most, found = np.empty(len(some), np.uint32), np.empty(len(some), np.float32), 0
    room = new_room()
    for start in range(0, len(some), BLOCK):
        left = take(people, lens, room, some[start : start + BLOCK], Single(OUT / 2))
        add_cheaply(gathered(people, room, left), lens, room, left)
        rows[found : found + left], most[found : found + left] = room.kept[:left], room.highest[:left]
        found += left
    return rows[:found], most[:found]


@compiled
def take(people: Any, lens: Any, room: Any, some: Any, least: Any) -> int:
    """Takes up those of at most a block of rows whose look-ups reach `least`; how many."""
    for place in range(len(some)):
        row = some[place]
        room.kept[place], room.bounds[place] = row, lens.group_bound[people.group[row]] + lens.place_bound[people.place[row]]
    return keep_who_reaches(least, room, len(some))


@compiled
def some_bounds(people: Any, lens: Any, some: Any) -> Any:
    """The exact parts of group and place of the given rows."""
    bounds = np.empty(len(some), np.float32)
    for place in range(len(some)):
        bounds[place] = lens.group_bound[people.group[some[place]]] + lens.place_bound[people.place[some[place]]]
    return bounds


# --- The members of a block ---


@compiled
def new_room() -> Any:
    words, counts = np.empty((5, BLOCK), np.uint64), np.empty((3, BLOCK), np.uint8)
    lists = Lists(words[0], words[1], words[2], words[3], words[4], counts[0], counts[1], counts[2])
    return Room(
        lists, np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.zeros(SIDE_BY_SIDE, np.float32)
    )


@compiled
def between(people: Any, start: int, end: int) -> Any:
    """The lists of the rows from start to end, as they lie."""
    return Lists(
        people.value_bits[start:end],
        people.style_bits[start:end],
        people.skill_bits[start:end],
        people.category_bits[start:end],
        people.wanted_bits[start:end],
        people.skill_count[start:end],
        people.wanted_count[start:end],
        people.has_embedding[start:end],
    )


@compiled
def gathered(people: Any, room: Any, count: int) -> Any:
    """The lists of the kept rows, copied side by side."""
    lists = room.lists
    for place in range(count):
        row = room.kept[place]
        lists.value_bits[place], lists.style_bits[place] = people.value_bits[row], people.style_bits[row]
        lists.skill_bits[place], lists.category_bits[place] = people.skill_bits[row], people.category_bits[row]
        lists.wanted_bits[place], lists.wanted_count[place] = people.wanted_bits[row], people.wanted_count[row]
        lists.skill_count[place], lists.has_embedding[place] = people.skill_count[row], people.has_embedding[row]
    return lists


@compiled
def keep_who_reaches(least: Any, room: Any, count: int) -> int:
    """Moves those to the front whose bound reaches `least`; how many. They are written first and counted after, without a branch."""
    left = np.uint64(0)
    for place in range(np.uint64(count)):
        bound = room.bounds[place]
        room.kept[left], room.bounds[left] = room.kept[place], bound
        left += np.uint64(bound >= least)
    return int(left)


# --- The steps ---


@compiled_loosely
def look_up(group: Any, place: Any, group_bound: Any, place_bound: Any, least: Any, bounds: Any, count: int) -> Any:
    """The exact parts of group and place; how many reach `least`."""
    reaching = np.int32(0)
    for row in range(np.uint64(count)):
        bounds[row] = bound = group_bound[group[row]] + place_bound[place[row]]
        reaching += np.int32(bound >= least)
    return reaching


@compiled
def tighten(lists: Any, lens: Any, floor: float, room: Any, count: int, rows: Any, most: Any) -> int:
    """Writes the rows that reach the floor after all steps, and their bounds; how many."""
    add_cheaply(lists, lens, room, count)
    return add_complements(lists, lens, Single(floor), room, count, rows, most)


@compiled
def add_cheaply(lists: Any, lens: Any, room: Any, count: int) -> None:
    """All steps but the last."""
    add_words(lists.value_bits, lists.style_bits, lens.me, lens.most, room.bounds, count)
    add_skills(lists, lens.skills, lens.most, room.bounds, room.highest, count)


@compiled_loosely
def add_words(values: Any, styles: Any, me: Any, most: Any, bounds: Any, count: int) -> None:
    """Adds both similarities at their most."""
    for place in range(np.uint64(count)):
        of_values = similar_at_most(values[place], me.value_bits, most.spare_values, most.i_list_values)
        of_styles = similar_at_most(styles[place], me.style_bits, most.spare_styles, most.i_list_styles)
        bounds[place] += most.values * of_values + most.styles * of_styles


@compiled_loosely
def add_skills(lists: Any, mine: Any, most: Any, bounds: Any, highest: Any, count: int) -> None:
    """Adds the text at its most; `highest` are the bounds with skills at theirs, did mine find the best that they find with anybody."""
    without_text, with_text = most.semantic[0], most.semantic[1]
    for place in range(np.uint64(count)):
        categories, theirs = lists.category_bits[place], np.int32(lists.skill_count[place])
        others, wants, shared = other_parts(
            lists.skill_bits[place], categories, lists.wanted_bits[place], theirs, np.int32(lists.wanted_count[place]), mine, most
        )
        theirs_find = theirs_find_at_most(categories, theirs, shared, mine, most)
        complement = both_ways_at_most(most.mine_find[0], theirs_find, shared, theirs, most.mine)
        mean = mean_at_most(others, wants, complement, False)
        value = mean_without(others, wants) if categories & mine.useful_categories == 0 else mean
        value = Single(NO_SKILLS) if theirs == 0 or most.mine == 0 else value
        bounds[place] += with_text if lists.has_embedding[place] != 0 else without_text
        highest[place] = bounds[place] + most.skills * value


@inlined
def other_parts(skills: Any, categories: Any, wanted: Any, theirs: Any, they_want: Any, mine: Any, most: Any) -> Any:
    """Of skills, all but the complement: overlap and wanted skills in sum, whether somebody wants something, and how many are shared."""
    shared = shared_at_most(skills, mine.bits, most.spare_skills, theirs, most.mine)
    want = min(Single(they_want), Single(1))
    found = wanted_at_most(i_find_at_most(skills, categories, mine, most), most.i_want, they_find_at_most(wanted, they_want, mine), want)
    return overlap_at_most(shared, theirs, most.mine) + found, most.i_want + want > Single(0), shared


@compiled
def add_complements(lists: Any, lens: Any, floor: Any, room: Any, count: int, rows: Any, bounds: Any) -> int:
    """Writes who reaches the floor with the most that can complement; how many.

    It counts if something of theirs fits something of mine, which their categories tell. What mine find among those is dear, and looked
    at where the most that they find with anybody would be enough.
    """
    mine, most, left = lens.skills, lens.most, np.uint64(0)
    for place in range(np.uint64(count)):
        bound = room.highest[place]
        if bound < floor:
            continue
        categories, theirs = lists.category_bits[place], np.int32(lists.skill_count[place])
        if categories & mine.useful_categories != 0 and theirs > 0:
            others, wants, shared = other_parts(
                lists.skill_bits[place], categories, lists.wanted_bits[place], theirs, np.int32(lists.wanted_count[place]), mine, most
            )
            mine_find = mine_find_at_most(categories, shared, mine, most, room.found)
            theirs_find = theirs_find_at_most(categories, theirs, shared, mine, most)
            complement = both_ways_at_most(mine_find, theirs_find, shared, theirs, most.mine)
            is_sure = categories & mine.sure_categories != 0 and shared < max(theirs, most.mine)
            bound = room.bounds[place] + most.skills * mean_at_most(others, wants, complement, is_sure)
        rows[left], bounds[left] = room.kept[place], bound
        left += np.uint64(bound >= floor)
    return int(left)
