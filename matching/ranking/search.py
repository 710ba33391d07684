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
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from matching.ranking import exact, scan
from matching.ranking.asked import Asked, Conditions, allowed
from matching.ranking.compiled import compiled
from matching.ranking.filters import Facts, Filters
from matching.ranking.lens import OUT, ground
from matching.ranking.population import Population, halves
from matching.ranking.published import Floats, published
from matching.ranking.viewer import Key, Viewer
from matching.score import Features, Tables

__all__ = ["Key", "Search", "Viewer"]

# How many members of the best groups are looked at first, and how much more each time they do not fill the page.
SEEDS, SEED_SHARE, MORE = 4000, 0.008, 8
# How many of those are evaluated beyond a full page: the scan needs a good floor, not the best one.
PATIENCE, EVERYBODY = 200, 1 << 40
NOBODY_S_KEY = (0.0, np.uint64(0), np.uint64(0))


class Search:
    """One viewer's look at the population. Hold the population's lock while using it."""

    def __init__(self, people: Population, tables: Tables, viewer: Viewer, filters: Filters, online: Sequence[UUID] = ()) -> None:
        self.people, self.filters = people, filters
        asked = [filters, viewer.must_haves]
        maker, self.lens = ground(people, published(people, tables), viewer, filters)
        self.columns = people.loops
        self.asked: Asked = Conditions(maker, asked).asked(allowed(maker, asked, online), time.time())

    @cached_property
    def total(self) -> int:
        """How many pass all filters but `min_score`."""
        return int(exact.census(self.columns, self.lens, self.asked, self.people.count))

    def after(self, limit: int, key: Key | None = None) -> tuple[list[Key], bool]:
        """The best `limit` members behind `key` in the ranking (from its top without one), and whether there are more."""
        found = self._best(limit + 1, key)
        return found[:limit], len(found) > limit

    def before(self, limit: int, key: Key) -> tuple[list[Key], bool]:
        """The last `limit` members in front of `key`, and whether there are more in front of them."""
        rows, most = self._scanned(max(key.total, self._floor))
        heap = Heap(len(rows))
        count = self._evaluate(rows, most, max(key.total, self._floor), -1, key, self._nobody_seen(), heap, 0)
        found = heap.keys(self.people, count)
        return found[-limit:], len(found) > limit

    def _best(self, k: int, behind: Key | None) -> list[Key]:
        side, heap, count, floor, seen = (0 if behind is None else 1), Heap(k), 0, self._floor, self._nobody_seen()
        seeds = max(SEEDS, int(self.people.count * SEED_SHARE))
        while count < k and seeds < self.people.count:
            rows, most = self._scanned(floor, self._of_best_groups(seeds))
            count = self._evaluate(rows, most, floor, side, behind, seen, heap, count, PATIENCE)
            seeds *= MORE
        if count == k:
            floor = max(floor, heap.totals.min())
        rows, most = self._scanned(floor)
        count = self._evaluate(rows, most, floor, side, behind, seen, heap, count)
        return heap.keys(self.people, count)

    def _nobody_seen(self) -> npt.NDArray[np.uint8]:
        return np.zeros(self.people.count, np.uint8)

    def _of_best_groups(self, wanted: int) -> npt.NDArray[np.int32]:
        """About so many members of the groups with the highest parts, as the columns were sorted last: guesses, so they may be old."""
        people = self.people
        found: npt.NDArray[np.int32] = best_groups(self.lens.group_part, people.group_starts, people.by_group, wanted)
        return found

    def _scanned(self, floor: float, some: npt.NDArray[np.int32] | None = None) -> Any:
        """Those whose bound reaches `floor`, with their bounds."""
        floor = max(floor, OUT / 4)
        if some is None:
            return scan.scan(self.columns, self.lens, self.asked, self.people.count, floor)
        return scan.scan_some(self.columns, self.lens, self.asked, some, floor)

    def _evaluate(
        self, rows: Any, most: Any, floor: float, side: int, key: Key | None, seen: Any, heap: "Heap", count: int, patience: int = EVERYBODY
    ) -> int:
        if not len(rows):
            return count
        place = NOBODY_S_KEY if key is None else (key.total, *map(np.uint64, halves(key.member_id)))
        arrays = (heap.totals, heap.rows)
        return int(exact.evaluate(self.columns, self.lens, self.asked, rows, most, floor, side, place, seen, arrays, count, patience))

    @property
    def _floor(self) -> float:
        """`min_score` is compared with what is shown, and that has one decimal: 87.26 asks for 87.3, which begins at 87.25."""
        if self.filters.min_score is None:
            return OUT / 4
        tenths = math.ceil(self.filters.min_score * 10 - 1e-6)
        return (tenths - 0.5) / 1000 - 1e-9


def rehearse(people: Population, tables: Tables) -> None:
    """A search for nobody: compiles the loops, or loads them from where the last process kept them."""
    nobody = Viewer(UUID(int=0), Features(), Facts("", False, None, None, 0, frozenset()), Filters(), "", frozenset())
    with people.lock:
        Search(people, tables, nobody, Filters()).after(1)


class Heap:
    """Room for the k best: totals and rows, the worst of them first."""

    def __init__(self, k: int) -> None:
        self.totals: Floats = np.empty(k)
        self.rows = np.empty(k, np.int64)

    def keys(self, people: Population, count: int) -> list[Key]:
        """What it holds, best first."""
        totals, rows = self.totals[:count], self.rows[:count]
        high, low = people["id_high"][rows], people["id_low"][rows]
        order = np.lexsort((low, high, -totals))
        ordered = zip(totals[order].tolist(), high[order].tolist(), low[order].tolist(), strict=True)
        return [Key(total, UUID(int=(upper << 64) | lower)) for total, upper, lower in ordered]


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
