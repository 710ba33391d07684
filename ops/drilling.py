"""Rehearsing faults on a running installation. A drill is a series of trials; each says what has to be seen, and what was.

Apps keep theirs in `drills`. A drill works in scratch: what it writes is rolled back or lies in a temporary folder. The long ones break
servers of their own (`ops/scratch.py`); how much they do and what chance brings can be chosen.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
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


@dataclass(frozen=True)
class Figure(Trial):
    """Something measured. `expected` is the most it may be."""

    unit: str = ""

    @property
    def ok(self) -> bool:
        return bool(self.seen <= self.expected)


@dataclass(frozen=True)
class Options:
    """`seed` is what chance begins with, `size` how much is done, `folder` has files to do it with; None where nobody chose."""

    seed: int | None = None
    size: int | None = None
    folder: Path | None = None


Drill = Callable[[Options], Iterator[Trial]]
_drills: dict[str, Drill] = {}
_needs: dict[str, tuple[str, ...]] = {}


def drill(name: str) -> Callable[[Callable[[], Iterator[Trial]]], Drill]:
    """Registers a drill under this name."""

    def register(trials: Callable[[], Iterator[Trial]]) -> Drill:
        return long_drill(name)(lambda options: trials())

    return register


def long_drill(name: str, *, needs: tuple[str, ...] = ()) -> Callable[[Drill], Drill]:
    """Registers one whose size can be chosen. It is left out of `all of them` where a package it needs is not installed."""

    def register(trials: Drill) -> Drill:
        _drills[name], _needs[name] = trials, needs
        return trials

    return register


def known() -> list[str]:
    autodiscover_modules("drills")
    return sorted(_drills)


def possible(names: list[str]) -> list[str]:
    return [name for name in names if all(find_spec(package) for package in _needs[name])]


def run(name: str, options: Options = Options()) -> Iterator[Trial]:
    """The trials as they end. One that breaks ends its drill with a trial that says how."""
    try:
        yield from _drills[name](options)
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
