"""What an export holds. Every app says it of its own tables, when it is ready: this floor knows none of those above.

A column that holds a member's id (or address) is either `exported`, and the rows it names become part of the export, or `excused`
with a sentence. `accounts/privacy/tests/test_coverage.py` finds the columns nobody spoke of.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from django.db.models import Model, QuerySet

from accounts.models import Member

Rows = Callable[[Member], "QuerySet[Any]"]
Files = Callable[[Member], Iterable[tuple[str, Callable[[], IO[bytes]]]]]


@dataclass(frozen=True)
class Table:
    """The rows of `model` that are the member's; `without` says why a column is left out."""

    model: type[Model]
    rows: Rows
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.model._meta.label_lower

    def dump(self, member: Member) -> Iterator[dict[str, Any]]:
        columns = [column.attname for column in self.model._meta.concrete_fields if column.name not in self.without]
        for row in self.rows(member).order_by("pk").iterator(chunk_size=1000):
            yield {name: getattr(row, name) for name in columns}


tables: list[Table] = []
files: list[Files] = []
covered: dict[tuple[type[Model], str], str] = {}


def exported(model: type[Model], *by: str, rows: Rows | None = None, without: Mapping[str, str] | None = None) -> None:
    """The rows whose column `by` is the member are exported; where several name a member, one table for each."""
    for column in by:
        mine = rows or (lambda member, column=column: model._default_manager.filter(**{column: member.pk}))  # type: ignore[misc]
        tables.append(Table(model, mine, without or {}))
        covered[model, column.partition("__")[0]] = "exported"


def excused(model: type[Model], *columns: str, why: str) -> None:
    covered.update({(model, column): why for column in columns})


def exported_files(read: Files) -> None:
    """`read(member)` gives names inside the archive, and how to open each file."""
    files.append(read)
