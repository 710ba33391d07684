"""What becomes of one document."""

from dataclasses import dataclass
from uuid import UUID


class Skip(Exception):
    """This document is not imported. The reason is a word such as `no_email`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Imported:
    """It became the row `target`, and is also known under these ids."""

    target: UUID
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """It says the same, or more, of a row that was there."""

    target: UUID
    also: tuple[str, ...] = ()


Outcome = Imported | Merged | Skip
