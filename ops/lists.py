"""Lists of the staff's site that stay quick at millions of rows.

Counting a table takes as long as reading it, so the length of an unfiltered list is the database's own estimate, and that of a
filtered one is counted up to a limit. Nobody turns past a hundred pages: who has not found it by then searches. Searching asks
indexes: whole values, or their beginnings.
"""

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

M = TypeVar("M", bound=Model)
COUNTED, PAGES, FOUND = 1000, 100, 500


def estimated(model: type[Model]) -> int | None:
    """How many rows PostgreSQL believes there are; None where nothing is known."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [model._meta.db_table])
        row = cursor.fetchone()
    return int(row[0]) if row and row[0] >= 0 else None


class QuickPaginator(Paginator[Any]):
    """Counts exactly as far as that is quick; beyond, an estimate of the whole table, or the limit for a part of it."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        counted = rows.order_by()[: COUNTED + 1].count()
        if counted <= COUNTED:
            return counted
        return max(COUNTED, (None if rows.query.where else estimated(rows.model)) or COUNTED)

    @cached_property
    def num_pages(self) -> int:
        return min(super().num_pages, PAGES)


class QuickList(admin.ModelAdmin[M]):
    """`exact_search` are columns that are compared as a whole, `prefix_search` by their beginning; each needs an index."""

    paginator: ClassVar[Any] = QuickPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # counting each choice is counting the table
    list_per_page = 50
    search_fields: ClassVar[Any] = ["pk"]  # makes Django show the field; `get_search_results` does the work
    exact_search: tuple[str, ...] = ()
    prefix_search: tuple[str, ...] = ()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[M], search_term: str) -> tuple[QuerySet[M], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(pk__in=self.found(term)), False

    def found(self, term: str) -> set[Any]:
        """Keys of what bears the term. One question a column, so that each uses its index."""
        keys: set[Any] = set()
        for column in self.exact_search:
            keys |= self._keys(Q(**{column: term.lower() if column.endswith(("email", "to")) else term}))
        for column in self.prefix_search:
            keys |= self._keys(beginning(column, term))
        return keys

    def _keys(self, condition: Q) -> set[Any]:
        return set(self.model._default_manager.filter(condition).order_by().values_list("pk", flat=True)[:FOUND])


def beginning(column: str, term: str) -> Q:
    """In the letter cases that names are written in: an index knows no other."""
    spellings = {term, term.lower(), term.capitalize(), term.title()}
    found = Q()
    for spelling in spellings:
        found |= Q(**{f"{column}__startswith": spelling})
    return found
