"""Rehearsing faults on a running installation. A drill is a series of trials; each says what has to be seen, and what was.

Apps keep theirs in `drills.py`. A drill works in scratch: what it writes is rolled back or lies in a temporary folder.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Trial:
    trial: str
    expected: Any
    seen: Any

    @property
    def ok(self) -> bool:
        return bool(self.expected == self.seen)


Drill = Callable[[], Iterator[Trial]]
_drills: dict[str, Drill] = {}


def drill(name: str) -> Callable[[Drill], Drill]:
    """Registers a drill under this name."""

    def register(trials: Drill) -> Drill:
        _drills[name] = trials
        return trials

    return register


def known() -> list[str]:
    autodiscover_modules("drills")
    return sorted(_drills)


def run(name: str) -> Iterator[Trial]:
    """The trials as they end. One that breaks ends its drill with a trial that says how."""
    try:
        yield from _drills[name]()
    except Exception as error:
        yield Trial("the drill comes to its end", "no failure", f"{type(error).__name__}: {error}"[:200])


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside never happened: it is rolled back, and nothing that waits for its commit leaves."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def raised(act: Callable[[], object]) -> str:
    """The name of what an act raises; "nothing" when it does not."""
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "nothing"
