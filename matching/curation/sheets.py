"""The matrix as a CSV file, out and in. What comes in is judged as a whole: one wrong line, and nothing of it is taken."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from import_export import resources
from import_export.fields import Field
from import_export.formats.base_formats import CSV
from import_export.instance_loaders import BaseInstanceLoader
from import_export.widgets import Widget
from tablib.exceptions import TablibException

from matching.curation import cells
from matching.curation.cells import Cell, Step, cell
from matching.curation.forms import CELL_TABLES, read_value
from matching.curation.grid import View, words_for
from ops.errors import Invalid, Problem, TooLarge

MOST_BYTES, MOST_LINES = 800_000, 20_000
COLUMNS = ("table", "a", "b", "value")
# What spreadsheets take for the beginning of a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class WrongFile(Problem):
    """Names every wrong line with its reason."""

    status, code, detail = 400, "wrong_file", "Nothing of this file was taken."

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__()
        self.problems = problems


class Text(Widget):  # type: ignore[misc]
    """A name. One that a spreadsheet would compute gets an apostrophe in front, and loses it on the way back."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        text = str(value)
        return f"'{text}" if text.startswith(FORMULAS) else text

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value or "").strip()
        return text[1:] if text.startswith("'") and text[1:].startswith(FORMULAS) else text


class Value(Widget):  # type: ignore[misc]
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return words_for(value)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> float | None:
        try:
            return read_value(str(value or ""))
        except Invalid as refusal:
            raise ValueError(refusal.detail) from None


@dataclass
class Line:
    """A line of the file; `pk` because the library asks for one."""

    table: str = ""
    a: str = ""
    b: str = ""
    value: float | None = None
    pk: None = None


class MatrixSheet(resources.Resource):  # type: ignore[misc]
    """Collects the cells that a file names, by the names of today."""

    table = Field(attribute="table", column_name="table", widget=Text())
    a = Field(attribute="a", column_name="a", widget=Text())
    b = Field(attribute="b", column_name="b", widget=Text())
    value = Field(attribute="value", column_name="value", widget=Value())

    class Meta:
        import_id_fields = ("table", "a", "b")
        use_transactions = False
        skip_diff = True
        instance_loader_class = BaseInstanceLoader

    def __init__(self, view: View) -> None:
        super().__init__()
        self.values: dict[Cell, float | None] = {}
        self.names = Names(view)

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Line, bool]:
        return Line(), True

    def validate_instance(self, instance: Line, import_validation_errors: Any = None, validate_unique: bool = True) -> None:
        if import_validation_errors:
            raise ValidationError(import_validation_errors)
        instance.table, instance.a, instance.b = found = self.names.cell(instance)
        if found in self.values:
            raise ValidationError("This pair stands on an earlier line already.")
        if found.table == cells.WEIGHTS and instance.value is None:
            raise ValidationError("A weight has a value.")

    def save_instance(self, instance: Line, is_create: bool, row: Any, **kwargs: Any) -> None:
        self.values[Cell(instance.table, instance.a, instance.b)] = instance.value

    def do_instance_save(self, instance: Line, is_create: bool) -> None: ...


class Names:
    """Finds cells by whatever their words are called: names, aliases, slugs."""

    def __init__(self, view: View) -> None:
        known = view.known
        self.found: dict[str, Any] = {
            "skill_pairs": lambda name: getattr(known.skill(name), "name", None),
            "field_synergies": lambda name: getattr(known.field(name), "name", None),
            "boosts": {name: name for name in view.groups}.get,
            cells.WEIGHTS: {factor: factor for factor in view.world.tables.weights}.get,
        }

    def cell(self, line: Line) -> Cell:
        """Raises ValidationError."""
        if line.table not in self.found:
            raise ValidationError(f"There is no table {line.table!r}; there are {', '.join(CELL_TABLES)}.")
        names = [line.a] if line.table == cells.WEIGHTS else [line.a, line.b]
        known = [self.found[line.table](name) for name in names]
        if None in known:
            raise ValidationError(f"Nothing there is called {names[known.index(None)]!r}.")
        if len(set(known)) < len(known):
            raise ValidationError("A pair needs two different ends.")
        return cell(line.table, *known)


def exported(view: View) -> str:
    """Everything that is published, a cell a line."""
    lines = [Line(*found, value) for found, value in sorted(view.published.items())]
    return str(CSV().export_data(MatrixSheet(view).export(queryset=lines)))


def read(view: View, text: str) -> dict[Cell, float | None]:
    """The cells that the file names. Raises TooLarge, WrongFile."""
    if len(text.encode()) > MOST_BYTES or text.count("\n") > MOST_LINES:
        raise TooLarge(f"A file has at most {MOST_LINES} lines and {MOST_BYTES // 1000} kB.")
    try:
        dataset = CSV().create_dataset(text.removeprefix("\ufeff"))
    except (TablibException, ValueError, csv.Error):
        raise WrongFile([(1, "This is no table: every line needs as many cells as the first.")]) from None
    if missing := [name for name in COLUMNS if name not in (dataset.headers or [])]:
        raise WrongFile([(1, f"There is no column {', '.join(missing)}; the first line names {', '.join(COLUMNS)}.")])
    sheet = MatrixSheet(view)
    result = sheet.import_data(dataset, dry_run=True, raise_errors=False)
    if problems := list(wrong_lines(result)):
        raise WrongFile(sorted(problems))
    return sheet.values


def wrong_lines(result: Any) -> Iterator[tuple[int, str]]:
    """Line and reason; the first line of a file is its head."""
    for row in result.invalid_rows:
        yield row.number + 1, " ".join(row.error.messages)
    for number, errors in result.row_errors():
        yield number + 1, " ".join(str(error.error) for error in errors)


def differences(view: View, values: dict[Cell, float | None]) -> list[Step]:
    """What taking the file would change in the editor's draft."""
    return [Step(found, view.cells.get(found), value) for found, value in sorted(values.items()) if view.cells.get(found) != value]
