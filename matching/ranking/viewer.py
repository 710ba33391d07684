"""Who looks at the ranking, and what a place in it is called."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from matching.ranking.filters import Facts, Filters
from matching.score import Features


class Key(NamedTuple):
    """A place in the ranking: higher totals first, equal totals by member id."""

    total: float
    member_id: UUID


@dataclass(frozen=True)
class Viewer:
    """Who looks: their features, must-haves and facts, and whom they must not be shown."""

    member_id: UUID
    features: Features
    facts: Facts
    must_haves: Filters
    cell: str
    excluded: frozenset[UUID]
