"""Scores of single pairs, kept in the shared cache.

The key names everything that a score depends on: the algorithm, the matrix, the vocabulary, and of both members the version of
the profile and the text behind the vector. So a kept score is never out of date, only no longer asked for; it goes after an
hour, give or take a tenth, lest all go at once. Requests of one process for the same pair make it once. What is kept is JSON,
in which numbers come back as they were: a kept score equals a fresh one to the last bit. Without the cache everything is
computed, and takes that long.
"""

import json
import logging
import random
import threading
from collections.abc import Callable
from typing import Any

from django.core.cache import cache

from matching.metrics import PAIR_SCORES
from matching.score import ALGORITHM, Factor, Score, SkillParts

SECONDS, JITTER = 3600, 0.1
WAIT_SECONDS = 5.0
log = logging.getLogger("alliv.pairs")


def key_of(matrix: int, vocabulary: int, a: str, b: str) -> str:
    """`a` and `b` name the two members and their versions, in the order of the arguments of the score."""
    return f"pair:{ALGORITHM}:{matrix}:{vocabulary}:{a}:{b}"


class Flight:
    """A computation that others wait for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: Score | None = None


_flights: dict[str, Flight] = {}
_lock = threading.Lock()


def kept(key: str, compute: Callable[[], Score]) -> Score:
    """The score under this key; computed once when it is not there."""
    try:
        found = cache.get(key)
    except Exception:  # whatever the cache's client raises when its server is gone
        log.warning("the cache does not answer: scores are computed", exc_info=False)
        PAIR_SCORES.labels("down").inc()
        return compute()
    if found is not None:
        PAIR_SCORES.labels("hit").inc()
        return unpacked(found)
    return made(key, compute)


def made(key: str, compute: Callable[[], Score]) -> Score:
    """Computes and keeps the score, or waits for the request of this process that does."""
    with _lock:
        flight = _flights.get(key)
        mine = flight is None
        if flight is None:
            flight = _flights[key] = Flight()
    if not mine:
        PAIR_SCORES.labels("wait").inc()
        flight.done.wait(WAIT_SECONDS)
        return flight.result or compute()
    PAIR_SCORES.labels("miss").inc()
    try:
        flight.result = compute()
        keep(key, flight.result)
        return flight.result
    finally:
        with _lock:
            del _flights[key]
        flight.done.set()


def keep(key: str, score: Score) -> None:
    try:
        cache.set(key, packed(score), SECONDS * random.uniform(1 - JITTER, 1 + JITTER))
    except Exception:
        log.warning("the cache does not answer: a score was not kept", exc_info=False)


def packed(score: Score) -> str:
    parts = score.skills
    return json.dumps(
        {
            "total": score.total,
            "factors": [[factor.name, factor.value, factor.weight, factor.known] for factor in score.factors],
            "boosts": [[list(groups), points] for groups, points in score.boosts],
            "skills": [parts.overlap, parts.complement, parts.wanted, parts.best_pair],
        }
    )


def unpacked(text: str) -> Score:
    row: dict[str, Any] = json.loads(text)
    overlap, complement, wanted, best = row["skills"]
    return Score(
        row["total"],
        tuple(Factor(*factor) for factor in row["factors"]),
        tuple(((groups[0], groups[1]), points) for groups, points in row["boosts"]),
        SkillParts(overlap, complement, wanted, tuple(best) if best else None),
    )
