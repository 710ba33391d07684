"""Drawing with a seeded generator: weighted choices, ids and the files they are drawn from."""

import json
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar
from uuid import UUID

DATA = Path(__file__).parent / "data"

T = TypeVar("T")


@cache
def data(name: str) -> Any:
    """One file of `data/`, read once; to be looked at, not changed."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Urn(Generic[T]):
    """Things that are drawn as often as their weight says, and put back."""

    things: Sequence[T]
    cumulative: Sequence[float]

    @classmethod
    def of(cls, weighed: Iterable[tuple[T, float]]) -> "Urn[T]":
        things, weights = zip(*weighed, strict=True)
        return cls(things, tuple(accumulate(weights)))

    @classmethod
    def by_rank(cls, things: Iterable[T]) -> "Urn[T]":
        """The first is drawn most often, each next one less."""
        return cls.of((thing, popularity(rank)) for rank, thing in enumerate(things))

    def one(self, rng: Random) -> T:
        return self.things[bisect(self.cumulative, rng.random() * self.cumulative[-1])]

    def some(self, rng: Random, count: int) -> list[T]:
        """Up to `count` different things; fewer when chance repeats itself."""
        drawn = rng.choices(self.things, cum_weights=self.cumulative, k=3 * count)
        return list(dict.fromkeys(drawn))[:count]


def popularity(rank: int) -> float:
    """A gentle Zipf curve: the third thing is half as popular as the first, the tenth a fifth."""
    return float((1 + rank) ** -0.67)


def several(rng: Random, things: Sequence[T], least: int, most: int) -> list[T]:
    return rng.sample(things, min(len(things), rng.randint(least, most)))


def uuid7(milliseconds: int, rng: Random) -> UUID:
    """RFC 9562 version 7 of a moment since 1970, its random bits from `rng`: the same seed gives the same ids."""
    head = milliseconds << 80 | 0x7 << 76 | rng.getrandbits(12) << 64
    return UUID(int=head | 0b10 << 62 | rng.getrandbits(62))
