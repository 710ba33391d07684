"""What people do: a field, a role in it, the skills that go with the role and the people it needs."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from accounts.demo.draw import Urn, data, popularity
from accounts.demo.person import Level

SKILLS = Path(__file__).parents[1] / "vocabulary" / "data" / "skills.json"
# How a person's skills are shared out: what the role needs, what the field uses, the rest of its categories, anything.
ROLE_SHARE, FIELD_SHARE, CATEGORY_SHARE, COMMON_SHARE = 0.58, 0.33, 0.06, 0.03
MENTOR_SOUGHT = {"student": 0.45, "junior": 0.15}


@dataclass(frozen=True)
class Role:
    """`name` is written as one says it: "backend engineer"; `does` completes "I …" and "learning to …"."""

    name: str
    does: tuple[str, ...]
    heart: tuple[str, ...]
    skills: Urn[str]

    def some_skills(self, rng: Random, count: int) -> list[str]:
        """Popular skills often, rare ones sometimes, those at the heart of the role first.

        The heart also fills up what chance left out, so nobody has fewer than it can give.
        """
        drawn = dict.fromkeys((*self.skills.some(rng, count), *self.heart))
        return sorted(list(drawn)[:count], key=lambda skill: skill not in self.heart)


@dataclass(frozen=True)
class Audience:
    """People one can look for: `who` completes "I'm looking for …"; `skills` begin with their category."""

    who: tuple[str, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Calling:
    """A field and who works in it; `projects` complete "I'm working on …"."""

    field: str
    ranked: bool
    remote: float
    link: str
    student: str
    roles: Urn[Role]
    seeks: Urn[Audience]
    interests: tuple[str, ...]
    projects: tuple[str, ...]

    def some_audiences(self, rng: Random, level: Level) -> list[Audience]:
        """One or two; those who begin often look for a mentor first."""
        sought = self.seeks.some(rng, rng.randint(1, 2))
        return [audiences()["mentor"], *sought[:1]] if rng.random() < MENTOR_SOUGHT.get(level, 0) else sought


@cache
def callings() -> Urn[Calling]:
    return Urn.of((calling(entry), entry["weight"]) for entry in data("callings"))


@cache
def audiences() -> dict[str, Audience]:
    return {key: Audience(tuple(entry["who"]), tuple(entry["skills"])) for key, entry in data("audiences").items()}


def calling(entry: dict[str, Any]) -> Calling:
    return Calling(
        field=entry["field"],
        ranked=entry["ranked"],
        remote=entry["remote"],
        link=entry["link"],
        student=entry["student"],
        roles=Urn.by_rank(role(row, entry) for row in entry["roles"]),
        seeks=Urn.by_rank(audiences()[key] for key in entry["seeks"]),
        interests=tuple(entry["interests"]),
        projects=tuple(entry["projects"]),
    )


def role(row: dict[str, Any], entry: dict[str, Any]) -> Role:
    weights = skill_weights(row["skills"], entry)
    return Role(row["name"], tuple(row["does"]), tuple(row["skills"]), Urn.of(weights.items()))


def skill_weights(heart: list[str], entry: dict[str, Any]) -> dict[str, float]:
    rest = [skill for category in entry["categories"] for skill in skills_by_category()[category]]
    weights: dict[str, float] = {}
    share_out(weights, ROLE_SHARE, heart)
    share_out(weights, FIELD_SHARE, entry["skills"])
    share_out(weights, CATEGORY_SHARE, rest)
    share_out(weights, COMMON_SHARE, data("tastes")["common_skills"])
    return weights


def share_out(weights: dict[str, float], share: float, skills: list[str]) -> None:
    """Adds `share` of all weight to these skills, more of it to the first ones."""
    whole = sum(map(popularity, range(len(skills))))
    for rank, skill in enumerate(skills):
        weights[skill] = weights.get(skill, 0) + share * popularity(rank) / whole


@cache
def skills_by_category() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for skill in json.loads(SKILLS.read_text(encoding="utf-8"))["skills"]:
        found.setdefault(skill["category"], []).append(skill["name"])
    return found
