"""Measurements side by side: apps register theirs, the command `bench` runs them and prints what they yield."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One figure of one subject. `ratio` is the median's to the baseline's, measured in the same run; None for what is no ratio."""

    case: str
    subject: str
    metric: str
    unit: str
    median: float
    p99: float
    n: int
    baseline: str | None = None
    ratio: float | None = None
    ratio_p99: float | None = None


Options = dict[str, Any]
Bench = Callable[[Options], Iterator[Figure]]
_benches: dict[str, Bench] = {}


def bench(name: str, run: Bench) -> None:
    """`run(options)` yields figures. Options are `members` and `rounds`, None where nobody chose, `quick`, and how cases begin: `only`."""
    _benches[name] = run


def known() -> list[str]:
    return sorted(_benches)


def run(name: str, options: Options) -> Iterator[Figure]:
    return _benches[name](options)


def figure(
    case: str, subject: str, samples: Sequence[float], *, metric: str, unit: str, baseline: tuple[str, Sequence[float]] | None = None
) -> Figure:
    """Of samples, beside those of the baseline."""
    median, p99 = statistics.median(samples), percentile(samples, 0.99)
    if baseline is None:
        return Figure(case, subject, metric, unit, round(median, 4), round(p99, 4), len(samples))
    name, others = baseline
    ratio, ratio_p99 = median / statistics.median(others), p99 / percentile(others, 0.99)
    return Figure(case, subject, metric, unit, round(median, 4), round(p99, 4), len(samples), name, round(ratio, 4), round(ratio_p99, 4))


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that so large a share of them does not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
