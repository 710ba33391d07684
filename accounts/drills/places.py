"""Can somebody who moves about and asks for distances find out where a member is?

`manage.py drill accounts_places` lets an observer who knows every rule ask 10,000 times about members who stay where they are, and as often
about members who walk. Each answer is what Discover's `within_km` or a profile's band says from a place of the observer's choice.
"""

import math
import random
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from accounts import places
from ops.drilling import Options, Trial, long_drill

QUESTIONS, A_MEMBER, A_STEP = 10_000, 100, 5
REGION_KM, STEP_KM, GUESSES = 60.0, 1.0, 400
SOUTH, WEST = 48.0, 11.0
HALF_A_CELL = places.CELL_KM / 2

Point = tuple[float, float]
Rule = Callable[[str], Point]


@long_drill("accounts_places")
def trials(options: Options) -> Iterator[Trial]:
    questions = options.size or QUESTIONS
    seed = random.randrange(10**6) if options.seed is None else options.seed
    for name, attack in (("stay", still), ("walk", moving)):
        asked, errors = attack(random.Random(seed), questions, lru_cache(maxsize=None)(places.seen_at))
        yield Trial(f"seed {seed}: questions about members who {name}", questions, asked)
        missed = statistics.median(errors)
        yield Trial(f"their median error of {missed:.2f} km is not less than half a cell, {HALF_A_CELL} km", True, missed >= HALF_A_CELL)
    asked, errors = still(random.Random(seed), questions, lru_cache(maxsize=None)(places.centre))
    yield Trial("the same observer would be closer if distances were told between cells", True, statistics.median(errors) < HALF_A_CELL)


def still(chance: random.Random, questions: int, rule: Rule) -> tuple[int, list[float]]:
    """How often was asked, and how far off the observer's best guess of each member is, in km."""
    errors = []
    for _ in range(questions // A_MEMBER):
        here = somewhere(chance)
        observer = Observer(chance, rule, all_cells())
        observer.ask_about(here, A_MEMBER)
        errors.append(places.kilometres(here, mean([places.centre(cell) for cell in observer.possible])))
    return questions // A_MEMBER * A_MEMBER, errors


def moving(chance: random.Random, questions: int, rule: Rule) -> tuple[int, list[float]]:
    """As `still`, of members who walk at random. The observer knows how, and carries hundreds of guesses along."""
    errors = []
    for _ in range(questions // A_MEMBER):
        here, guesses = somewhere(chance), [somewhere(chance) for _ in range(GUESSES)]
        for _ in range(A_MEMBER // A_STEP):
            here, guesses = walked(chance, here), [walked(chance, guess) for guess in guesses]
            observer = Observer(chance, rule, sorted({places.cell_of(*guess) for guess in guesses}))
            observer.ask_about(here, A_STEP)
            guesses = kept(chance, guesses, set(observer.possible))
            errors.append(places.kilometres(here, mean(guesses)))
    return questions // A_MEMBER * A_MEMBER, errors


def kept(chance: random.Random, guesses: list[Point], possible: set[str]) -> list[Point]:
    """As many guesses as before, from those that may be right; anew from the cells that are left when none is."""
    right = [guess for guess in guesses if places.cell_of(*guess) in possible]
    return chance.choices(right or [places.centre(cell) for cell in possible], k=GUESSES)


@dataclass
class Observer:
    """Keeps the cells that every answer so far allows."""

    chance: random.Random
    rule: Rule
    possible: list[str]
    asked: int = field(default=0)

    def ask_about(self, member: Point, times: int) -> None:
        cell = places.cell_of(*member)
        for _ in range(times):
            self.possible = self.allowed(cell) or all_cells()

    def allowed(self, cell: str) -> list[str]:
        """Asks from somewhere else for the distance that halves what is possible, or for the band."""
        place = self.rule(places.cell_of(*somewhere(self.chance)))
        far = {other: places.kilometres(place, self.rule(other)) for other in self.possible}
        limits = [statistics.median(far.values())] if self.asked % 2 else [limit for limit, _ in places.BANDS]
        self.asked += 1
        told = answer(places.kilometres(place, self.rule(cell)), limits)
        return [other for other, kilometres in far.items() if answer(kilometres, limits) == told]


def answer(kilometres: float, limits: list[float]) -> int:
    return sum(kilometres > limit for limit in limits)


def somewhere(chance: random.Random) -> Point:
    return moved((SOUTH, WEST), chance.uniform(0, REGION_KM), chance.uniform(0, REGION_KM))


def walked(chance: random.Random, point: Point) -> Point:
    return moved(point, chance.gauss(0, STEP_KM), chance.gauss(0, STEP_KM))


def moved(point: Point, north: float, east: float) -> Point:
    """A point so many kilometres further."""
    latitude = point[0] + north / places.KM_PER_DEGREE
    return latitude, point[1] + east / places.KM_PER_DEGREE / math.cos(math.radians(latitude))


@lru_cache(maxsize=1)
def all_cells() -> list[str]:
    steps = [REGION_KM * step / 60 for step in range(-10, 71)]  # as far as anybody walks
    return sorted({places.cell_of(*moved((SOUTH, WEST), north, east)) for north in steps for east in steps})


def mean(points: list[Point]) -> Point:
    return statistics.fmean(point[0] for point in points), statistics.fmean(point[1] for point in points)
