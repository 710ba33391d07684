"""The exact total of one member, from their codes: the same number as `matching.score.score`, for the few whose bound is high."""

from typing import Any

import numpy as np

from matching.ranking.asked import fulfils, is_excluded
from matching.ranking.codes import MISSING
from matching.ranking.compiled import AHEAD, compiled, compiled_loosely, fetch, inlined, ones
from matching.ranking.lens import NO_ROLE, OUT
from matching.ranking.skills import ITSELF, SIDE_BY_SIDE
from matching.score import NEUTRAL, NO_SKILLS, TOTAL_DECIMALS

ROUNDING = 10.0**TOTAL_DECIMALS


@inlined
def less_for_role(role: int, me: Any) -> float:
    """Within one field, what the part lacks to that of two different roles."""
    if role == MISSING or me.role == NO_ROLE:
        return me.no_role_less
    return me.same_role_less if role == me.role else 0.0


@compiled
def jaccard(row: int, theirs: Any, mine: Any) -> float:
    """Of the row's list and mine; neutral when either is empty."""
    count = shared = 0
    while count < theirs.shape[1] and theirs[row, count] != MISSING:
        code = theirs[row, count]
        for place in range(len(mine)):
            shared += mine[place] == code
        count += 1
    if count == 0 or len(mine) == 0:
        return NEUTRAL
    return shared / (len(mine) + count - shared)


@compiled
def length(row: int, codes: Any) -> int:
    """Of a list of skills before its pad."""
    count = 0
    while count < codes.shape[1] and codes[row, count] != 0:
        count += 1
    return count


@compiled
def skills_value(
    row: int, skills: Any, wanted: Any, me: Any, is_mine: Any, has_value: Any, finds: Any,
    found_of_me: Any, best: Any, places: Any, worth: Any, most_found: Any, room: Any, enough: float
) -> float:  # fmt: skip
    """The mean of the known parts: overlap, complement, wanted. Below `enough` it may be more than the value.

    What mine find is dear; when even the most that so many of mine can find is not enough, that is the answer. `room` is for
    one number a skill of mine.
    """
    theirs, shared, is_known, they_find, found = 0, 0, False, 0.0, np.uint32(0)
    while theirs < skills.shape[1] and skills[row, theirs] != 0:
        skill = skills[row, theirs]
        shared += is_mine[skill]
        is_known |= has_value[skill]
        they_find += best[skill]
        found |= finds[skill]
        theirs += 1
    if theirs == 0 or me.skills == 0:
        return NO_SKILLS
    they_want = length(row, wanted)
    value, parts = overlap(shared / (me.skills + theirs - shared)), 1
    if me.wanted or they_want:
        value += wanted_value(row, wanted, they_want, found_of_me, ones(np.uint64(found)), me.wanted)
        parts += 1
    they_bring, i_bring = theirs - shared, me.skills - shared
    directions = min(they_bring, 1) + min(i_bring, 1)
    if not is_known or directions == 0:
        return value / parts
    value += they_find / max(they_bring, 1) / directions
    most = (value + most_found[i_bring] / directions) / (parts + 1)
    if most < enough:
        return most
    return (value + sum_of_best(row, skills, theirs, places, worth, room) / max(i_bring, 1) / directions) / (parts + 1)


@inlined
def overlap(similar: float) -> float:
    return 0.6 if similar < 0.2 else 0.9 if similar <= 0.4 else 0.5


@compiled_loosely
def sum_of_best(row: int, skills: Any, theirs: int, places: Any, worth: Any, room: Any) -> float:
    """For each skill of mine that they lack, its best value beside theirs; the sum. A skill beside itself has the mark ITSELF."""
    lacking = 0.0
    for start in range(0, worth.shape[1], SIDE_BY_SIDE):
        for own in range(SIDE_BY_SIDE):
            room[own] = 0.0
        for place in range(theirs):
            skill = places[skills[row, place]]
            if skill == 0:
                continue
            for own in range(SIDE_BY_SIDE):
                value = worth[skill, start + own]
                room[own] = value if value > room[own] else room[own]
        for own in range(SIDE_BY_SIDE):
            lacking += room[own] if room[own] < ITSELF else 0.0
    return lacking


@compiled
def wanted_value(row: int, wanted: Any, they_want: int, found_of_me: Any, i_find: int, i_want: int) -> float:
    """The mean of the known directions; one of them is."""
    if they_want == 0:
        return i_find / i_want
    they_find = 0
    for place in range(they_want):
        they_find += found_of_me[wanted[row, place]]
    if i_want == 0:
        return they_find / they_want
    return (i_find / i_want + they_find / they_want) / 2


@compiled_loosely
def dot(theirs: Any, row: int, mine: Any) -> float:
    """In double precision; the order of the sum is the compiler's."""
    total = 0.0
    for place in range(len(mine)):
        total += theirs[row, place] * mine[place]
    return total


@inlined
def semantic(cosine: float) -> float:
    return (min(1.0, max(-1.0, cosine)) + 1) / 2


@inlined
def rounded(total: float) -> float:
    """Capped, and rounded as the score's."""
    return np.rint(min(1.0, total) * ROUNDING) / ROUNDING


# --- The best of them ---


@inlined
def is_better(total_a: float, high_a: Any, low_a: Any, total_b: float, high_b: Any, low_b: Any) -> bool:
    """Higher totals come first, equal totals by id."""
    if total_a != total_b:
        return total_a > total_b
    return high_a < high_b or (high_a == high_b and low_a < low_b)


@inlined
def stands_before(id_high: Any, id_low: Any, totals: Any, rows: Any, a: int, b: int) -> bool:
    """Whether the entry at place a of the heap is better than that at b."""
    row_a, row_b = rows[a], rows[b]
    return is_better(totals[a], id_high[row_a], id_low[row_a], totals[b], id_high[row_b], id_low[row_b])


@compiled
def sink(id_high: Any, id_low: Any, totals: Any, rows: Any, count: int, place: int) -> None:
    """Restores the heap below `place`: its root is the worst."""
    while 2 * place + 1 < count:
        worst = 2 * place + 1
        if worst + 1 < count and stands_before(id_high, id_low, totals, rows, worst, worst + 1):
            worst += 1
        if stands_before(id_high, id_low, totals, rows, worst, place):
            return
        totals[place], totals[worst] = totals[worst], totals[place]
        rows[place], rows[worst] = rows[worst], rows[place]
        place = worst


@compiled
def lift(id_high: Any, id_low: Any, totals: Any, rows: Any, place: int) -> None:
    """Restores the heap above a new last entry."""
    while place > 0:
        parent = (place - 1) // 2
        if not stands_before(id_high, id_low, totals, rows, parent, place):
            return
        totals[place], totals[parent] = totals[parent], totals[place]
        rows[place], rows[parent] = rows[parent], rows[place]
        place = parent


@compiled
def evaluate(
    people: Any,
    lens: Any,
    asked: Any,
    rows: Any,
    bounds: Any,
    floor: float,
    side: int,
    key: Any,
    totals: Any,
    kept: Any,
    patience: int,
) -> int:
    """Puts the best of `rows` into a heap of totals and rows, best bounds first; how many it then holds.

    `side` is 1 for who stands behind `key`, -1 for who stands in front of it, 0 for everybody. The floor rises to the worst of a
    full heap; whose bound is below it is left out. `patience` is how many who fulfil all conditions are looked at beyond a full heap.
    """
    me, size = lens.me, len(totals)
    group, place, role, until, has_text = people.own_group, people.own_place, people.role, people.suspended_until, people.has_text
    values, styles, skills, wanted, languages = people.values, people.work_styles, people.skills, people.wanted, people.languages
    group_part, place_part, in_my_field, my_values, my_styles = lens.group_part, lens.place_part, lens.in_my_field, lens.values, lens.styles
    my_skills, most_semantic, mine = lens.skills, lens.most.semantic, lens.embedding
    is_mine, has_value, finds, found_of_me = my_skills.is_mine, my_skills.has_value, my_skills.finds, my_skills.found_of_me
    best, places, worth, most_found = my_skills.best, my_skills.place, my_skills.worth, my_skills.most_found
    asked_skills, asked_wanted, asked_languages, excluded = asked.skills, asked.wanted, asked.languages, asked.excluded
    embedding, id_high, id_low, fits = people.embedding, people.id_high, people.id_low, asked.fits
    room, conditions, masked, count = np.zeros(SIDE_BY_SIDE), len(asked.bits), len(fits) > 0, 0
    order = best_first(bounds)
    for number in range(len(order)):
        if number + AHEAD < len(order):
            soon = rows[order[number + AHEAD]]
            fetch(skills, soon)
            fetch(values, soon)
            fetch(wanted, soon)
            fetch(languages, soon)
        next_best = order[number]
        row = rows[next_best]
        if count == size:
            floor = max(floor, totals[0])
        if bounds[next_best] < floor or until[row] > asked.now or (masked and not fits[row]):
            continue
        if conditions and not fulfils(row, skills, wanted, languages, asked_skills, asked_wanted, asked_languages):
            continue
        if count == size:
            if patience == 0:
                break
            patience -= 1
        total = group_part[group[row]] + place_part[place[row]]
        if in_my_field[group[row]]:
            total -= less_for_role(role[row], me)
        total += me.weight_values * (0.6 * jaccard(row, values, my_values) + 0.4 * jaccard(row, styles, my_styles))
        enough = (floor - total - most_semantic[has_text[row]]) / max(me.weight_skills, 1e-9)
        total += me.weight_skills * skills_value(
            row, skills, wanted, me, is_mine, has_value, finds, found_of_me, best, places, worth, most_found, room, enough
        )
        if total + most_semantic[has_text[row]] < floor:
            continue
        both = me.has_embedding and has_text[row]
        total = rounded(total + me.weight_semantic * (semantic(dot(embedding, row, mine)) if both else NEUTRAL))
        if total < floor or is_excluded(id_high[row], id_low[row], excluded) or not is_on_side(total, id_high[row], id_low[row], key, side):
            continue
        if count < size:
            totals[count], kept[count] = total, row
            count += 1
            lift(id_high, id_low, totals, kept, count - 1)
        elif is_better(total, id_high[row], id_low[row], totals[0], id_high[kept[0]], id_low[kept[0]]):
            totals[0], kept[0] = total, row
            sink(id_high, id_low, totals, kept, count, 0)
    return count


@compiled
def in_order(id_high: Any, id_low: Any, totals: Any, rows: Any) -> Any:
    """Totals and both halves of the ids of a heap's members, best first: the worst goes last, again and again."""
    for last in range(len(rows) - 1, 0, -1):
        totals[0], totals[last] = totals[last], totals[0]
        rows[0], rows[last] = rows[last], rows[0]
        sink(id_high, id_low, totals, rows, last, 0)
    return totals, id_high[rows], id_low[rows]


@inlined
def is_on_side(total: float, high: Any, low: Any, key: Any, side: int) -> bool:
    """Behind the key for 1, in front of it for -1; the key itself is on no side."""
    if side == 0:
        return True
    if total == key[0] and high == key[1] and low == key[2]:
        return False
    return is_better(total, high, low, key[0], key[1], key[2]) == (side < 0)


@compiled
def best_first(bounds: Any) -> Any:
    """An order of the bounds, highest first to within a thousandth of their range: a counting sort."""
    buckets, count = 1024, len(bounds)
    if count == 0:
        return np.empty(0, np.int64)
    low, high = bounds.min(), bounds.max()
    scale = (buckets - 1) / max(high - low, 1e-9)
    starts = np.zeros(buckets + 1, np.int64)
    for place in range(count):
        starts[buckets - int((bounds[place] - low) * scale)] += 1
    starts = np.cumsum(starts)
    order = np.empty(count, np.int64)
    for place in range(count):
        bucket = buckets - 1 - int((bounds[place] - low) * scale)
        order[starts[bucket]] = place
        starts[bucket] += 1
    return order


@compiled
def census(people: Any, lens: Any, asked: Any, rows: Any) -> int:
    """How many of these members pass all filters."""
    found = 0
    for row in rows:
        found += passes(row, people, lens, asked)
    return found


@inlined
def passes(row: int, people: Any, lens: Any, asked: Any) -> bool:
    part = lens.group_bound[people.group[row]] + lens.place_bound[people.place[row]]
    if part < OUT / 2 or people.suspended_until[row] > asked.now or (len(asked.fits) > 0 and not asked.fits[row]):
        return False
    return len(asked.bits) == 0 or fulfils(row, people.skills, people.wanted, people.languages, asked.skills, asked.wanted, asked.languages)
