"""Headlines and bios: varied templates filled with what a person does, knows and looks for."""

import re
from collections.abc import Sequence
from functools import cache
from random import Random

from accounts.demo.draw import data
from accounts.demo.person import Level, Words

HEADLINE_LIMIT = 120
OPENINGS: dict[Level, str] = {
    "student": "student",
    "junior": "working",
    "mid": "working",
    "senior": "seasoned",
    "expert": "seasoned",
    "mentor": "mentor",
}
MIDDLE_CHANCE, CLOSING_CHANCE = 0.85, 0.55
# Spoken with another first sound than their first letter has.
SAID_WITH_AN = re.compile(r"(HR|ML|NGO|NLP|SEO)\b")
SAID_WITH_A = re.compile(r"(UX|UI|use|uni|euro)")

Facts = dict[str, str]


def words(rng: Random, level: Level, facts: Facts) -> Words:
    return {"headline": headline(rng, facts), "bio": bio(rng, level, facts)}


def headline(rng: Random, facts: Facts) -> str:
    """A drawn template, or the role alone where the drawn one would be too long."""
    drawn = rng.choice(data("phrases")["headlines"]).format_map(facts)
    return drawn if len(drawn) <= HEADLINE_LIMIT else facts["Role"]


def bio(rng: Random, level: Level, facts: Facts) -> str:
    """Two to four sentences: what they do, perhaps more of it, whom they look for, perhaps a personal word."""
    phrases = data("phrases")
    sentences = [rng.choice(phrases["openings"][OPENINGS[level]])]
    sentences += perhaps(rng, MIDDLE_CHANCE, phrases["middles"])
    sentences += [rng.choice(phrases["seeking"])]
    sentences += perhaps(rng, CLOSING_CHANCE, phrases["closings"])
    return capitalised(" ".join(sentences).format_map(facts))


def perhaps(rng: Random, chance: float, options: Sequence[str]) -> list[str]:
    return [rng.choice(options)] if rng.random() < chance else []


@cache
def with_article(noun: str) -> str:
    vowel = noun[0].lower() in "aeiou"
    return f"an {noun}" if SAID_WITH_AN.match(noun) or (vowel and not SAID_WITH_A.match(noun)) else f"a {noun}"


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def titled(role: str) -> str:
    """ "full-stack developer" → "Full-stack Developer"; "iOS" and "DevOps" keep their letters."""
    return " ".join(word if word != word.lower() else capitalised(word) for word in role.split(" "))
