"""Interning: the same thing gets the same small number, for ever."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

MISSING = -1


class Codes:
    """Things by code, codes by thing."""

    def __init__(self, things: Iterable[Any] = ()) -> None:
        self.things: list[Any] = list(things)
        self._codes: dict[Hashable, int] = {thing: code for code, thing in enumerate(self.things)}

    def __len__(self) -> int:
        return len(self.things)

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self._codes

    def code(self, thing: Hashable) -> int:
        found = self._codes.get(thing)
        if found is None:
            found = self._codes[thing] = len(self.things)
            self.things.append(thing)
        return found

    def code_or_missing(self, thing: Hashable) -> int:
        """Empty text is no thing."""
        return self.code(thing) if thing else MISSING

    def known(self, thing: Hashable) -> int:
        """The code of a thing that somebody has, else MISSING."""
        return self._codes.get(thing, MISSING)

    def of(self, things: Iterable[Hashable]) -> list[int]:
        """The codes of those things that somebody has; what nobody has cannot match."""
        return [self._codes[thing] for thing in things if thing in self._codes]


class Tuples:
    """Interned tuples of whole numbers that are also the rows of one array: int32, n × width."""

    def __init__(self, rows: npt.NDArray[np.int32]) -> None:
        self._array = np.ascontiguousarray(rows, np.int32)
        self._codes = {tuple(row): code for code, row in enumerate(self._array.tolist())}

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def array(self) -> npt.NDArray[np.int32]:
        return self._array[: len(self._codes)]

    def code(self, row: Sequence[int]) -> int:
        key = tuple(row)
        found = self._codes.get(key)
        if found is None:
            found = len(self._codes)
            if found == len(self._array):
                self._array = np.concatenate([self._array, np.zeros_like(self._array), np.zeros((16, self._array.shape[1]), np.int32)])
            self._array[found] = key
            self._codes[key] = found
        return found
