"""The matrix as a table of squares: what is published, with one editor's draft laid over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.urls import reverse

from accounts.models import Member
from accounts.vocabulary.models import FieldGroup
from accounts.vocabulary.selectors import SkillEntry, Vocabulary
from matching import selectors
from matching.curation import cells
from matching.curation.cells import Cell, cell
from matching.curation.models import DraftChange
from matching.models import Weights
from matching.score import Tables, ends

LEVELS = 20  # as many steps of colour as `static/css/matrix.css` has, and one for 0


@dataclass(frozen=True)
class Head:
    """What stands at a row or a column. `href` leads into it."""

    name: str
    slug: str
    href: str = ""


@dataclass(frozen=True)
class Square:
    """One cell as it is shown. `value` is what is listed; `inherited` what counts because nothing is listed; `address` is `row:column`."""

    cell: Cell
    value: float | None
    inherited: float | None = None
    was: float | None = None
    drafted: bool = False
    elsewhere: bool = False
    address: str = ""

    @property
    def shown(self) -> str:
        return short(self.inherited if self.value is None else self.value)

    @property
    def css(self) -> str:
        level = "" if self.value is None else f"h{round(self.value * LEVELS)}"
        marks = {"inherited": self.value is None and self.inherited is not None, "mine": self.drafted, "theirs": self.elsewhere}
        return " ".join([level, *(mark for mark, holds in marks.items() if holds)]).strip()

    @property
    def label(self) -> str:
        """The cell's name for those who do not see where it stands."""
        parts = [f"{self.cell.a} × {self.cell.b}", words_for(self.value)]
        if self.value is None and self.inherited is not None:
            parts[1] = f"{self.inherited:.2f} by their categories"
        if self.drafted:
            parts.append(f"in your draft, published: {words_for(self.was)}")
        if self.elsewhere:
            parts.append("also in somebody else's draft")
        return ", ".join(parts)


@dataclass(frozen=True)
class Grid:
    table: str
    title: str
    columns: list[Head]
    rows: list[tuple[Head, list[Square | None]]]

    def square(self, address: str) -> Square | None:
        """The square of `row:column`, by slugs."""
        row, _colon, column = address.partition(":")
        names = [head.slug for head in self.columns]
        found = next((squares for head, squares in self.rows if head.slug == row), None)
        return found[names.index(column)] if found is not None and column in names else None


def short(value: float | None) -> str:
    """`.95`: as much as a square has room for."""
    if value is None:
        return "·"
    return f"{value:.2f}".removeprefix("0") if value < 0.995 else "1"


def words_for(value: float | None) -> str:
    return "not listed" if value is None else f"{value:.4f}".rstrip("0").ljust(4, "0")


@dataclass
class View:
    """What one editor sees."""

    editor: Member
    world: selectors.Knowledge

    @classmethod
    def of(cls, editor: Member) -> "View":
        return cls(editor, selectors.knowledge())

    @property
    def known(self) -> Vocabulary:
        return self.world.known

    @cached_property
    def published(self) -> cells.Cells:
        return cells.published()

    @cached_property
    def draft(self) -> dict[Cell, DraftChange]:
        return {Cell(row.table, row.a, row.b): row for row in DraftChange.objects.filter(draft__editor=self.editor)}

    @cached_property
    def elsewhere(self) -> set[Cell]:
        """Cells in the drafts of others."""
        rows = DraftChange.objects.exclude(draft__editor=self.editor).values_list("table", "a", "b")
        return {Cell(*row) for row in rows}

    @cached_property
    def cells(self) -> cells.Cells:
        """What would be published if the draft were."""
        changed = {known: row.after for known, row in self.draft.items()}
        return {known: value for known, value in {**self.published, **changed}.items() if value is not None}

    @cached_property
    def tables(self) -> Tables:
        """The tables that the draft would make. Renamed and merged skills are still what they were."""
        pairs: dict[str, dict[tuple[str, str], float]] = {table: {} for table in cells.PAIRS}
        weights = dict(self.world.tables.weights)
        keys = self.keys
        for (table, a, b), value in self.cells.items():
            if table == cells.WEIGHTS:
                weights[a] = value
            elif table in pairs and (key := keys[table](a)) and (other := keys[table](b)):
                pairs[table][ends(key, other)] = value
        return replace(
            self.world.tables,
            weights=weights,
            skill_pairs=pairs["skill_pairs"],
            field_synergies=pairs["field_synergies"],
            boosts=pairs["boosts"],
        )

    @cached_property
    def groups(self) -> dict[str, str]:
        """Of fields, name to slug."""
        return dict(FieldGroup.objects.values_list("name", "slug"))

    @property
    def keys(self) -> dict[str, Callable[[str], str | None]]:
        """How the tables of the score call what bears a name."""
        return {
            "skill_pairs": lambda name: skill.key if (skill := self.known.skill(name)) else None,
            "field_synergies": lambda name: field.slug if (field := self.known.field(name)) else None,
            "boosts": self.groups.get,
        }

    def knows(self, cell: Cell) -> bool:
        """Whether there can be such a cell."""
        if cell.table == cells.WEIGHTS:
            return cell.a in Weights.FACTORS and not cell.b
        return cell.a != cell.b and all(self.keys[cell.table](name) for name in cell[1:])

    def square(self, table: str, a: str, b: str, *, address: str = "", inherited: float | None = None) -> Square:
        of = cell(table, a, b)
        return Square(
            of,
            self.cells.get(of),
            inherited,
            self.published.get(of),
            drafted=of in self.draft,
            elsewhere=of in self.elsewhere,
            address=address,
        )

    def grid(self, table: str, title: str, rows: Sequence[Head], columns: Sequence[Head]) -> Grid:
        lines = [(row, [self.between(table, row, column) for column in columns]) for row in rows]
        return Grid(table, title, list(columns), lines)

    def between(self, table: str, row: Head, column: Head) -> Square | None:
        """None where a row meets itself."""
        if row.slug == column.slug:
            return None
        address = f"{row.slug}:{column.slug}"
        return self.square(table, row.name, column.name, address=address, inherited=self.inherited(table, row.name, column.name))

    def inherited(self, table: str, a: str, b: str) -> float | None:
        """What counts for two skills by their categories."""
        if table != "skill_pairs" or cell(table, a, b) in self.cells:
            return None
        one, other = self.known.skill(a), self.known.skill(b)
        if one is None or other is None or (one.is_category and other.is_category):
            return None
        return self.tables.skill_value(one.key, other.key)


# --- The grids there are ---


def by_name(entries: Sequence[SkillEntry]) -> list[SkillEntry]:
    return sorted(entries, key=lambda entry: entry.name.casefold())


def categories(view: View, query: str = "") -> Grid:
    found = by_name([entry for entry in view.known.skills.values() if entry.is_category])
    heads = [Head(entry.name, entry.slug, reverse("matrix-category", args=[entry.slug])) for entry in found]
    return view.grid("skill_pairs", "Categories of skills", matching(heads, query), heads)


def skills_of(view: View, home: SkillEntry, other: SkillEntry, query: str = "") -> Grid:
    """The skills of one category, with those of another or with one another."""
    rows, columns = (heads_in(view, category) for category in (home, other))
    title = home.name if home == other else f"{home.name} × {other.name}"
    return view.grid("skill_pairs", title, matching(rows, query), columns)


def heads_in(view: View, category: SkillEntry) -> list[Head]:
    found = by_name([entry for entry in view.known.skills.values() if entry.category == category.key])
    return [Head(entry.name, entry.slug) for entry in [category, *(entry for entry in found if entry != category)]]


def fields(view: View, query: str = "") -> Grid:
    heads = [Head(entry.name, entry.slug) for entry in sorted(view.known.fields.values(), key=lambda entry: entry.name.casefold())]
    return view.grid("field_synergies", "Fields", matching(heads, query), heads)


def boosts(view: View, query: str = "") -> Grid:
    heads = [Head(name, slug) for name, slug in view.groups.items()]
    return view.grid("boosts", "Groups of fields", matching(heads, query), heads)


def matching(heads: list[Head], query: str) -> list[Head]:
    wanted = query.strip().casefold()
    return [head for head in heads if wanted in head.name.casefold()]
