"""What is true of every score, whatever members say about themselves: looked for in thousands of odd profiles."""

import math
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Profile
from accounts.vocabulary.words import canonical
from matching import explain as words
from matching.features import DIMENSIONS, features, vector
from matching.score import FACTORS, Features, Tables, score
from matching.tests.words import ALIASES, FIELDS, HOMES, TABLES, profile, vocabulary

pytestmark = pytest.mark.unit

KNOWN = vocabulary()
WORDS = [*HOMES, *(alias for aliases in ALIASES.values() for alias in aliases), "Knitting", "crème brûlée", "Ｆｉｇｍａ", "straße"]


def lists(limit: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(WORDS) | st.text(max_size=20), max_size=limit)


PROFILES = st.builds(
    profile,
    field=st.none() | st.sampled_from(sorted(FIELDS)),
    role=st.sampled_from(["", "Developer", "designer"]) | st.text(max_size=10),
    skills=lists(30),
    wanted_skills=lists(20),
    values=lists(10),
    work_styles=lists(10),
    experience_level=st.sampled_from(["", "student", "junior", "mid", "senior", "expert", "mentor", "wizard"]),
    hours_per_week=st.none() | st.sampled_from([0, 168, 10**6]) | st.integers(0, 168),
    remote_only=st.booleans(),
    country=st.sampled_from(["", "PT", "DE"]),
    city=st.sampled_from(["", "Lisbon"]) | st.text(max_size=10),
    timezone=st.sampled_from(["", "Europe/Lisbon", "Asia/Kolkata", "Nowhere/Land", "..", "\x00"]),
)


def unit_vector(seed: int) -> Any:
    made = np.random.default_rng(seed).normal(size=DIMENSIONS)
    return (made / np.linalg.norm(made)).astype(np.float32)


VECTORS = st.none() | st.integers(0, 2**32).map(unit_vector)
ANYBODY = st.builds(lambda said, embedding: features(said, KNOWN, embedding), PROFILES, VECTORS)


@given(ANYBODY, ANYBODY)
def test_it_is_the_same_from_both_sides_to_the_last_bit(a: Features, b: Features) -> None:
    there, back = score(a, b, TABLES), score(b, a, TABLES)
    assert there.total == back.total
    assert there.factors == back.factors
    assert there.boosts == back.boosts
    assert there.confidence == back.confidence
    assert replace(there.skills, best_pair=None) == replace(back.skills, best_pair=None)


@given(ANYBODY, ANYBODY)
def test_it_and_every_part_of_it_is_a_share(a: Features, b: Features) -> None:
    result = score(a, b, TABLES)
    for number in (result.total, result.confidence, *(part.value for part in result.factors), *(part.known for part in result.factors)):
        assert math.isfinite(number)
        assert 0.0 <= number <= 1.0 + 1e-12


@given(ANYBODY, ANYBODY)
def test_its_points_sum_to_what_is_shown(a: Features, b: Features) -> None:
    told = words.explain(a, b, score(a, b, TABLES), TABLES, KNOWN, {})
    points = sum(part["points"] for part in told["explanation"]) + sum(boost["points"] for boost in told["boosts"])
    assert abs(points - told["score"]) <= 0.05 + 1e-4
    assert [part["factor"] for part in told["explanation"]] == list(FACTORS)


def disguised(said: Profile, rng: Random) -> Profile:
    """The same profile as another hand would have typed it: other order, letter case, spaces, repetitions."""

    def respelled(word: str) -> str:
        options = [word.upper(), word.lower(), word.title(), f"  {word} ", word]
        return rng.choice([option for option in options if canonical(option) == canonical(word)])

    def shuffled(texts: list[str]) -> list[str]:
        again = [respelled(text) for text in [*texts, *texts[:1]]]
        return rng.sample(again, len(again))

    listed = {name: shuffled(getattr(said, name)) for name in ("skills", "wanted_skills", "values", "work_styles")}
    spelled = {name: respelled(getattr(said, name)) for name in ("role", "country", "city")}
    plain = {name: getattr(said, name) for name in ("experience_level", "hours_per_week", "remote_only", "timezone")}
    return profile(field=said.field.slug if said.field else None, **listed, **spelled, **plain)


@given(PROFILES, PROFILES, st.randoms(use_true_random=False))
def test_order_and_letter_case_of_lists_change_nothing(a: Profile, b: Profile, rng: Random) -> None:
    plain = score(features(a, KNOWN, None), features(b, KNOWN, None), TABLES)
    typed = score(features(disguised(a, rng), KNOWN, None), features(disguised(b, rng), KNOWN, None), TABLES)
    assert (plain.total, plain.factors) == (typed.total, typed.factors)


NUMBERS = st.none() | st.sampled_from([0, -1, math.nan, math.inf, -math.inf, 1e308, 5e-324]) | st.floats()
ODD_VECTORS = st.sampled_from([None, np.zeros(3, np.float32), np.full(4, np.nan, np.float32), np.full(4, 3e38, np.float32)])
ODD = st.builds(Features, hours=NUMBERS, experience=st.none() | st.integers(-9, 9), embedding=ODD_VECTORS)


@given(ODD, ODD)
def test_no_number_breaks_it(a: Features, b: Features) -> None:
    there, back = score(a, b, Tables()), score(b, a, Tables())
    assert 0.0 <= there.total == back.total <= 1.0


@pytest.mark.parametrize("hours", [10**9, 10**400], ids=["a billion", "no float"])
def test_hours_of_any_size_do_not_break_it(hours: int) -> None:
    assert (
        score(Features(hours=hours), Features(hours=20), Tables()).total == score(Features(hours=20), Features(hours=hours), Tables()).total
    )


def test_a_skill_by_alias_or_slug_is_the_skill_and_an_unknown_one_does_not_count() -> None:
    said = profile(skills=["reactjs", "REACT", "ui-ux", "Underwater Basket Weaving"])
    assert features(said, KNOWN, None).skills == {"react", "ui/ux"}


@pytest.mark.parametrize(
    ("timezone", "minutes"), [("Asia/Kolkata", 330), ("America/St_Johns", -210), ("UTC", 0), ("", None), ("../x", None)]
)
def test_time_zones_are_minutes_on_one_day_of_winter(timezone: str, minutes: int | None) -> None:
    assert features(profile(timezone=timezone), KNOWN, None).utc_offset == minutes


@pytest.mark.parametrize("raw", [None, b"", bytes(7), bytes(DIMENSIONS * 4 + 4)])
def test_what_is_no_vector_is_none(raw: bytes | None) -> None:
    assert vector(raw) is None


def test_a_stored_vector_reads_back() -> None:
    made = unit_vector(1)
    read = vector(made.tobytes())
    assert read is not None
    assert (read == made).all()
