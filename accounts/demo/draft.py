"""The first strokes of a person: what they do, where, for how long and whom they look for."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from accounts.demo.callings import Audience, Calling, Role, callings
from accounts.demo.draw import Urn
from accounts.demo.person import Level
from accounts.demo.places import City, cities

AGES_COUNTED_ON = date(2026, 1, 1)

LEVELS: Urn[Level] = Urn.of([("student", 12), ("junior", 20), ("mid", 28), ("senior", 24), ("expert", 10), ("mentor", 6)])
AGES: dict[Level, tuple[int, int]] = {
    "student": (19, 27),
    "junior": (21, 34),
    "mid": (25, 46),
    "senior": (30, 60),
    "expert": (36, 69),
    "mentor": (42, 69),
}
# How often the rank stands before a role, in fields that speak of ranks at all.
RANKS: dict[Level, tuple[str, float]] = {"junior": ("junior", 0.6), "senior": ("senior", 0.6), "expert": ("lead", 0.5)}


@dataclass(frozen=True)
class Draft:
    """What is settled first, so that all the rest agrees with it. `spoken` is the role as one says it."""

    level: Level
    birthdate: date
    years: int
    city: City
    calling: Calling
    role: Role
    spoken: str
    sought: list[Audience]


def draft(rng: Random) -> Draft:
    calling, level = callings().one(rng), LEVELS.one(rng)
    age, role = drawn_age(rng, level), calling.roles.one(rng)
    return Draft(
        level=level,
        birthdate=born(rng, age),
        years=years_of_work(rng, age),
        city=cities().one(rng),
        calling=calling,
        role=role,
        spoken=spoken_role(rng, calling, role, level),
        sought=calling.some_audiences(rng, level),
    )


def drawn_age(rng: Random, level: Level) -> int:
    """Whole years; the younger half of each level is the fuller one."""
    youngest, oldest = AGES[level]
    return youngest + int((oldest - youngest + 1) * rng.random() ** 1.5)


def born(rng: Random, age: int) -> date:
    """A birthday of somebody who is `age` on the day ages are counted on."""
    return AGES_COUNTED_ON - timedelta(days=int(age * 365.2425) + rng.randrange(1, 364))


def years_of_work(rng: Random, age: int) -> int:
    return max(2, age - rng.randint(22, 26))


def spoken_role(rng: Random, calling: Calling, role: Role, level: Level) -> str:
    if level == "student":
        return calling.student
    rank, chance = RANKS.get(level, ("", 0))
    return f"{rank} {role.name}" if calling.ranked and rng.random() < chance else role.name
