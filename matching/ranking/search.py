"""The exact best of everybody, by bounds.

Most of a score follows from a member's group and place: two look-ups in tables made for the viewer. What skills, values and
texts can add to that is bounded by a few bits (`bounds`). A search looks first at the members of the best groups, which
gives it a good k-th best score at once; then it scans everybody, and keeps the few whose bound reaches that score (`scan`); then it
evaluates those exactly, best bound first (`exact`). Whoever it does not evaluate is provably not among the best.

Totals are the numbers of `matching.score.score`, rounded to the same nine decimals.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from matching.ranking import exact, scan
from matching.ranking.asked import Asked, Conditions, fits, is_narrow, who_may_fit
from matching.ranking.compiled import compiled
from matching.ranking.filters import Facts, Filters
from matching.ranking.lens import OUT, ground
from matching.ranking.population import Population, halves, joined
from matching.ranking.published import Floats, published
from matching.ranking.viewer import Key, Viewer
from matching.score import Features, Tables

__all__ = ["Key", "Look", "Question", "Search", "Viewer", "look"]

# How many members of the best groups are looked at first, and how much more each time they do not fill the page.
SEEDS, SEED_SHARE, MORE = 3000, 0.008, 8
# One in so many of those is evaluated beyond a full page: the scan needs a good floor, not the best one.
ONE_IN, EVERYBODY = 40, 1 << 40
NOBODY_S_KEY = (0.0, np.uint64(0), np.uint64(0))


class Look(NamedTuple):
    """Some of a ranking, best first, and whether there is more of it on either side. `total` is 0 where it was not asked for."""

    keys: list[Key]
    has_next: bool
    has_previous: bool
    total: int


@dataclass(frozen=True)
class Question:
    """What somebody wants to see: a page behind `after` or in front of `before`, or the first one."""

    viewer: Viewer
    tables: Tables
    filters: Filters
    online: Sequence[UUID]
    limit: int
    after: Key | None = None
    before: Key | None = None
    counted: bool = False


def look(people: Population, asked: Question) -> Look:
    with people.lock:
        search = Search(people, asked.tables, asked.viewer, asked.filters, asked.online)
        total = search.total if asked.counted else 0
        if asked.before is not None:
            keys, more = search.before(asked.limit, asked.before)
            return Look(keys, True, more, total)
        keys, more = search.after(asked.limit, asked.after)
        return Look(keys, more, asked.after is not None, total)


class Search:
    """One viewer's look at the population. Hold the population's lock while using it."""

    def __init__(self, people: Population, tables: Tables, viewer: Viewer, filters: Filters, online: Sequence[UUID] = ()) -> None:
        self.people, self.filters = people, filters
        asked = [filters, viewer.must_haves]
        maker, self.lens = ground(people, published(people, tables), viewer, filters)
        self.columns = people.loops
        self.asked: Asked = Conditions(maker, asked).asked(fits(maker, asked, online), time.time())

    @cached_property
    def total(self) -> int:
        """How many pass all filters but `min_score`."""
        hidden = self.people.rows(map(joined, self.asked.excluded.tolist()))
        everybody = np.arange(self.people.count)
        return self._passing(everybody) - self._passing(hidden)

    def _passing(self, rows: npt.NDArray[np.intp]) -> int:
        return int(exact.census(self.columns, self.lens, self.asked, rows))

    def after(self, limit: int, key: Key | None = None) -> tuple[list[Key], bool]:
        """The best `limit` members behind `key` in the ranking (from its top without one), and whether there are more."""
        side, place = side_and_place(1, key)
        seeds = max(SEEDS, int(self.people.count * SEED_SHARE))
        found = keys(*best(*self._everybody, limit + 1, self._floor, side, place, self.people.group_starts, self.people.by_group, seeds))
        return found[:limit], len(found) > limit

    def before(self, limit: int, key: Key) -> tuple[list[Key], bool]:
        """The last `limit` members in front of `key`, and whether there are more in front of them."""
        side, place = side_and_place(-1, key)
        found = keys(*above(*self._everybody, max(key.total, self._floor), side, place))
        return found[-limit:], len(found) > limit

    @property
    def _everybody(self) -> tuple[Any, Any, Any, int]:
        return self.columns, self.lens, self.asked, self.people.count

    @property
    def _floor(self) -> float:
        """`min_score` is compared with what is shown, and that has one decimal: 87.26 asks for 87.3, which begins at 87.25."""
        if self.filters.min_score is None:
            return OUT / 4
        tenths = math.ceil(self.filters.min_score * 10 - 1e-6)
        return (tenths - 0.5) / 1000 - 1e-9


def rehearse(people: Population, tables: Tables) -> None:
    """Searches for nobody: compiles the loops, or loads them from where the last process kept them."""
    nobody = Viewer(UUID(int=0), Features(), Facts("", False, None, None, 0, frozenset()), Filters(), "", frozenset())
    with people.lock:
        search = Search(people, tables, nobody, Filters())
        search.after(1)
        search.before(1, Key(1.0, UUID(int=0)))
        exact.census(search.columns, search.lens, search.asked, np.zeros(0, np.intp))


def keys(totals: Floats, highs: npt.NDArray[np.uint64], lows: npt.NDArray[np.uint64]) -> list[Key]:
    return [Key(total, UUID(int=high << 64 | low)) for total, high, low in zip(totals.tolist(), highs.tolist(), lows.tolist(), strict=True)]


def side_and_place(side: int, key: Key | None) -> tuple[int, tuple[Any, ...]]:
    """Where somebody must stand to be found: without a key anywhere, else behind it (1) or in front of it (-1)."""
    return (0, NOBODY_S_KEY) if key is None else (side, (key.total, *map(np.uint64, halves(key.member_id))))


@compiled
def best(
    people: Any, lens: Any, asked: Any, count: int, k: int, floor: float, side: int, place: Any, starts: Any, by_group: Any, seeds: int
) -> Any:
    """Totals and ids of the best k, best first.

    `seeds` members who look best are looked at first, for a good floor: of the best groups when anybody may fit. They are guesses:
    `starts` and `by_group` are as the columns were sorted last.
    """
    totals, rows, held = np.empty(k), np.empty(k, np.int64), 0
    narrow, who = is_narrow(asked), who_may_fit(people, asked, count)
    while held < k and seeds < (len(who) if narrow else count):
        some = highest(people, lens, who, seeds) if narrow else best_groups(lens.group_part, starts, by_group, seeds)
        likely, most = scan.guess(people, lens, some)
        held = exact.evaluate(people, lens, asked, likely, most, floor, side, place, totals, rows, seeds // ONE_IN)
        seeds *= MORE
    if held == k:
        floor = max(floor, totals.min())
    likely, most = who_reaches(people, lens, asked, who, count, floor)
    held = exact.evaluate(people, lens, asked, likely, most, floor, side, place, totals, rows, EVERYBODY)
    return exact.in_order(people.id_high, people.id_low, totals[:held], rows[:held])


@compiled
def above(people: Any, lens: Any, asked: Any, count: int, floor: float, side: int, place: Any) -> Any:
    """Totals and ids of everybody on that side who reaches the floor, best first."""
    likely, most = who_reaches(people, lens, asked, who_may_fit(people, asked, count), count, floor)
    totals, rows = np.empty(len(likely)), np.empty(len(likely), np.int64)
    held = exact.evaluate(people, lens, asked, likely, most, floor, side, place, totals, rows, EVERYBODY)
    return exact.in_order(people.id_high, people.id_low, totals[:held], rows[:held])


@compiled
def who_reaches(people: Any, lens: Any, asked: Any, who: Any, count: int, floor: float) -> Any:
    """Rows and bounds of those who may fit and whose bound reaches the floor; `who` are those who may, when not anybody may."""
    return scan.scan_some(people, lens, who, floor) if is_narrow(asked) else scan.scan(people, lens, count, floor)


@compiled
def highest(people: Any, lens: Any, who: Any, wanted: int) -> Any:
    """Those of `who` with the highest parts of group and place; nobody who is out."""
    bounds = scan.some_bounds(people, lens, who)
    inside = bounds > OUT / 2
    who, bounds = who[inside], bounds[inside]
    return who[exact.best_first(bounds)[:wanted]]


@compiled
def best_groups(parts: Any, starts: Any, rows: Any, wanted: int) -> Any:
    """Rows of the groups with the highest parts: `wanted` of them, or all if there are fewer."""
    buckets, known = 512, len(starts) - 1
    low, high = 1.0, 0.0
    for group in range(known):
        if parts[group] > OUT / 2:
            low, high = min(low, parts[group]), max(high, parts[group])
    scale = (buckets - 1) / max(high - low, 1e-9)
    sizes = np.zeros(buckets, np.int64)
    for group in range(known):
        if parts[group] > OUT / 2:
            sizes[int((parts[group] - low) * scale)] += starts[group + 1] - starts[group]
    cut, total = buckets - 1, sizes[buckets - 1]
    while cut > 0 and total < wanted:
        cut -= 1
        total += sizes[cut]
    found, count = np.empty(min(total, wanted), np.uint32), 0
    for group in range(known):
        if parts[group] > OUT / 2 and int((parts[group] - low) * scale) >= cut:
            for place in range(starts[group], starts[group + 1]):
                if count < len(found):
                    found[count] = rows[place]
                    count += 1
    return found[:count]
