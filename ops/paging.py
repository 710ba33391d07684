"""Cursor pages: `{"next", "previous", "results"}` with `limit` 1–100. A list of the API refuses parameters that it does not know."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core import signing
from django.db.models import Q
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from ops.errors import Invalid
from ops.serializers import Query, WholeNumber

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
ABOUT_CURSOR = "Where the page begins: part of the addresses in `next` and `previous`."
ABOUT_LIMIT = "How many rows a page has."
LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}


class NewestFirst(CursorPagination):
    """Pages over a queryset, newest row first: the primary keys are made in time's order."""

    page_size = DEFAULT_LIMIT
    page_size_query_param = "limit"
    max_page_size = MAX_LIMIT
    ordering: str | tuple[str, ...] = "-id"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """A page of rows. Only the API has a view; the site's own pages have links that bring names of their own (`utm_source`)."""
        if view is not None:
            refuse_others(request)
        return self.cut(queryset, request)

    def cut(self, queryset: Any, request: Request) -> list[Any]:
        return super().paginate_queryset(queryset, request) or []

    def get_page_size(self, request: Request) -> int:
        return read_limit(request)

    def encode_cursor(self, cursor: Any) -> str:
        """The address of a page. Its cursor is signed and names its list: a position goes into a query as it is."""
        base = self.base_url or ""
        word = seal({"list": urlsplit(base).path, "place": [cursor.offset, cursor.reverse, cursor.position]})
        return str(replace_query_param(base, self.cursor_query_param, word))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        shape = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": list(shape), "properties": shape}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {**LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "cursor", "in": "query", "required": False, "description": ABOUT_CURSOR, "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "required": False, "description": ABOUT_LIMIT, "schema": limit},
        ]

    def decode_cursor(self, request: Request) -> Any:
        word = request.query_params.get(self.cursor_query_param)
        if word is None:
            return None
        return Cursor(*own_cursor(word, request)["place"])


class Descending(NewestFirst):
    """Pages by several columns, all descending. The cursor holds each of them: no row comes twice, however many share the first ones."""

    columns: tuple[str, ...]

    def cut(self, queryset: Any, request: Request) -> list[Any]:
        self.request, limit = request, read_limit(request)
        word = request.query_params.get(self.cursor_query_param)
        cursor = own_cursor(word, request) if word else {}
        back = "before" in cursor
        rows = queryset.order_by(*(name if back else f"-{name}" for name in self.columns))
        if cursor:
            rows = rows.filter(self.beyond(cursor["before" if back else "after"], "gt" if back else "lt"))
        found = list(rows[: limit + 1])
        page, more = found[:limit][:: -1 if back else 1], len(found) > limit
        self.following = {"after": self.place(page[-1])} if page and (more or back) else None
        self.preceding = {"before": self.place(page[0])} if page and (more if back else bool(cursor)) else None
        return page

    def beyond(self, place: list[str], side: str) -> Q:
        """Rows behind this place: the first column that differs decides."""
        condition = Q()
        for depth, name in enumerate(self.columns):
            same = dict(zip(self.columns[:depth], place, strict=False))
            condition |= Q(**same, **{f"{name}__{side}": place[depth]})
        return condition

    def place(self, row: Any) -> list[str]:
        return [str(getattr(row, name)) for name in self.columns]

    def get_next_link(self) -> str | None:
        return self.link(self.following)

    def get_previous_link(self) -> str | None:
        return self.link(self.preceding)

    def link(self, cursor: dict[str, list[str]] | None) -> str | None:
        return address(self.request, cursor)


Row = TypeVar("Row")


def sliced(
    request: Request, rows: Sequence[Row], show: Callable[[Row], Any], *, usual: int = MAX_LIMIT, more: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A page of a list that is short enough to be in memory. Raises Invalid and DRF's ValidationError."""
    refuse_others(request, *more)
    limit = read_limit(request, usual)
    start = int(own_cursor(request.query_params["cursor"], request)["start"]) if "cursor" in request.query_params else 0
    following = {"start": start + limit} if start + limit < len(rows) else None
    preceding = {"start": max(0, start - limit)} if start else None
    results = [show(row) for row in rows[start : start + limit]]
    return {"next": address(request, following), "previous": address(request, preceding), "results": results}


def slice_parameters() -> list[OpenApiParameter]:
    """For the schema: what `sliced` reads."""
    return [OpenApiParameter("cursor", str, description=ABOUT_CURSOR), OpenApiParameter("limit", LIMIT, description=ABOUT_LIMIT)]


def refuse_others(request: Request, *more: str) -> None:
    """So that a typing error never passes for success: a list knows `cursor`, `limit` and `more`. Raises DRF's ValidationError."""
    if unknown := set(request.query_params) - {"cursor", "limit", *more}:
        raise serializers.ValidationError(Query().refusals(unknown))


def own_cursor(word: str, request: Request | HttpRequest) -> dict[str, Any]:
    """The cursor, if it was made for this list. Raises Invalid."""
    cursor = unseal(word)
    if cursor.get("list") != request.path:
        raise Invalid.field("cursor", "This cursor belongs to another list.")
    return cursor


def read_limit(request: Request, usual: int = DEFAULT_LIMIT) -> int:
    """`limit` of the query. Raises Invalid outside 1–100."""
    field = WholeNumber(min_value=1, max_value=MAX_LIMIT)
    try:
        return int(field.run_validation(request.query_params.get("limit", usual)))
    except serializers.ValidationError:
        raise Invalid.field("limit", f"limit is a whole number from 1 to {MAX_LIMIT}.") from None


def seal(cursor: dict[str, Any]) -> str:
    """A cursor as one opaque, signed word."""
    return str(signing.Signer(salt="cursor").sign_object(cursor, compress=True))


def unseal(word: str) -> dict[str, Any]:
    """The cursor that `seal` made. Raises Invalid for anything else."""
    try:
        cursor = signing.Signer(salt="cursor").unsign_object(word)
    except signing.BadSignature:
        raise Invalid.field("cursor", "This cursor is not one of ours.") from None
    return dict(cursor)


def address(request: Request, cursor: Mapping[str, Any] | None) -> str | None:
    """This request's address with another cursor, which names the list; None without one."""
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = seal({"list": request.path, **cursor})
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
