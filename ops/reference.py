"""What the reference says of an operation beside what its code says. Each app keeps its own in `examples.py`, by method and path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Operation:
    """`answers` are bodies by status, None where there is none; `refusals` are codes on top of those that any operation may answer.

    `leads_to` names operations that make sense next, each with where its parameters are found (OpenAPI's runtime expressions).
    """

    name: str
    summary: str
    sends: Any = None
    answers: Mapping[int, Any] = field(default_factory=lambda: {204: None})
    refusals: tuple[str, ...] = ()
    etag: bool = False
    leads_to: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def page(*rows: Any, following: str | None = None) -> dict[str, Any]:
    """A page of a list."""
    return {"next": following, "previous": None, "results": list(rows)}
