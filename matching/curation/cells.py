"""The published tables as cells, by the names that people read, and the version log they follow from.

A cell is a table with two names in the order of the alphabet; a weight has its factor and no second name. What is not listed has no
cell. Replaying the changes of all versions from nothing gives the cells that are published: the log says everything.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from matching.matrix import PAIR_TABLES, TABLE_NAMES, WORD_TABLES, Change
from matching.models import MatrixVersion, Pair, Weights

PAIRS: dict[str, type[Pair]] = {TABLE_NAMES[model._meta.model_name or ""]: model for model in PAIR_TABLES}
WEIGHTS = "weights"
# Whose names stand in which table of pairs.
WORDS_OF = {"skills": "skill_pairs", "fields": "field_synergies", "groups": "boosts"}
assert set(WORDS_OF) < set(WORD_TABLES.values())


class Cell(NamedTuple):
    table: str
    a: str
    b: str = ""

    @property
    def label(self) -> str:
        return f"{self.a} × {self.b}" if self.b else self.a


Cells = dict[Cell, float]


class Step(NamedTuple):
    """What a change did to one cell; None is not listed."""

    cell: Cell
    before: float | None
    after: float | None


def cell(table: str, a: str, b: str = "") -> Cell:
    first, second = sorted([a, b]) if b else (a, b)
    return Cell(table, first, second)


def published() -> Cells:
    """The cells of the tables as they are in the database."""
    found: Cells = {}
    for table, model in PAIRS.items():
        a, b = (f"{end}__name" for end in model.ends)
        rows = model._default_manager.order_by().values_list(a, b, PAIR_TABLES[model])
        found.update({cell(table, first, second): value for first, second, value in rows})
    weights = Weights.objects.first()
    return found | {Cell(WEIGHTS, factor): value for factor, value in (weights.by_factor() if weights else {}).items()}


def replayed(versions: Iterable[MatrixVersion]) -> Cells:
    """The cells after these versions, which begin with the first, oldest first."""
    found: Cells = {}
    for version in versions:
        for change in version.changes:
            replay(change, found)
    return found


def replay(change: Change, found: Cells) -> None:
    """Does to the cells what the change did."""
    if name := renamed(change):
        rename(found, WORDS_OF[change["table"]], *name)
    for step in steps(change):
        if step.after is None:
            found.pop(step.cell, None)
        else:
            found[step.cell] = step.after


def steps(change: Change) -> Iterator[Step]:
    """What a change did, cell by cell; nothing when it was about a word."""
    table, key = change["table"], change["key"]
    if table in PAIRS:
        yield Step(cell(table, *key), change["before"], change["after"])
    elif table == WEIGHTS:
        before, after = change["before"] or {}, change["after"] or {}
        for factor in {**before, **after}:
            if before.get(factor) != after.get(factor):
                yield Step(Cell(WEIGHTS, factor), before.get(factor), after.get(factor))


def renamed(change: Change) -> tuple[str, str] | None:
    """The old and the new name, of a word that has pairs."""
    before, after = change["before"], change["after"]
    if change["table"] not in WORDS_OF or not before or not after or before["name"] == after["name"]:
        return None
    return before["name"], after["name"]


def rename(found: dict[Cell, Any], table: str, old: str, new: str) -> None:
    for known in [known for known in found if known.table == table and old in known[1:]]:
        found[cell(table, *(new if name == old else name for name in known[1:]))] = found.pop(known)


def moved(cells: Iterable[Cell], versions: Iterable[MatrixVersion]) -> Mapping[Cell, Cell]:
    """What each of these cells is called after these versions, which renamed some of their words."""
    today: dict[Cell, Any] = {known: known for known in cells}
    for version in versions:
        for change in version.changes:
            if name := renamed(change):
                rename(today, WORDS_OF[change["table"]], *name)
    return {old: new for new, old in today.items()}
