"""Every operation of the API, from the URL resolver: nothing is listed by hand, so nothing is forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import URLPattern, get_resolver
from drf_spectacular.generators import SchemaGenerator

NOBODY = UUID(int=7 << 76)
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    method: str
    route: str
    fields: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """An address of this route; ids in it are nobody's, words mean nothing."""
        return "/" + re.sub(r"<(?:slug|str):\w+>", "nothing", re.sub(r"<uuid:\w+>", str(NOBODY), self.route))

    def __str__(self) -> str:
        return f"{self.method.upper()} /{self.route}"


def patterns(node: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (node or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route, entry
        else:
            yield from patterns(entry, route)


def api_routes() -> dict[str, set[str]]:
    """Route to the methods its view answers."""
    return {
        route: {method for method in METHODS if hasattr(pattern.callback.view_class, method)}
        for route, pattern in patterns()
        if route.startswith("api/")
    }


def body_fields() -> dict[tuple[str, str], tuple[str, ...]]:
    """The names in the body of each operation, as the schema describes them."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    shapes = schema["components"]["schemas"]
    found = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                shape = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
                found[method, path] = tuple(shapes[shape]["properties"]) if shape else ()
    return found


def operations() -> list[Operation]:
    fields = {(method, re.sub(r"{\w+}", "*", path)): names for (method, path), names in body_fields().items()}
    return [
        Operation(method, route, fields.get((method, "/" + re.sub(r"<uuid:\w+>", "*", route)), ()))
        for route, methods in api_routes().items()
        for method in sorted(methods)
    ]
