"""Trust as a pure function: what raises it, what lowers it, and what time does."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.trust.models import Fact
from accounts.trust.score import BAD, ESTABLISHED, GOOD, score

pytestmark = pytest.mark.unit

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FACTS = st.lists(
    st.tuples(st.sampled_from(Fact.Kind.values), st.integers(0, 800).map(lambda days: NOW - timedelta(days=days))), max_size=12
)


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("kinds", "age_days", "points"),
    [
        ([], 0, 10),
        ([], 400, 40),
        (["email_verified"], 0, 30),
        (["email_verified", "profile_completed"], 0, 45),
        (["email_verified", "profile_completed"], 10, 55),
        (["email_verified", "profile_completed"], 400, 75),
        (["email_verified", "profile_completed"] + ["report_confirmed"] * 9, 400, 100),
        (["email_verified", "warned"], 0, 10),
        (["email_verified", "profile_completed", "suspended"], 40, 35),
        (["email_verified", "profile_completed", "suspended", "lifted"], 40, 75),
        (["email_verified"] + ["report_rejected"] * 9, 0, 15),
        (["suspended"] * 5, 0, 0),
    ],
)
def test_what_happened_adds_up(kinds: list[str], age_days: int, points: int) -> None:
    assert score([(kind, days_ago(1)) for kind in kinds], days_ago(age_days), NOW) == points


def test_nobody_is_established_on_the_day_of_signing_up() -> None:
    assert score([("email_verified", NOW), ("profile_completed", NOW)], NOW, NOW) < ESTABLISHED


@pytest.mark.parametrize(("days", "points"), [(0, 55), (179, 55), (180, 65), (364, 65), (365, 75)])
def test_what_counts_against_somebody_fades(days: int, points: int) -> None:
    facts = [("email_verified", NOW), ("profile_completed", NOW), ("warned", days_ago(days))]
    assert score(facts, days_ago(500), NOW) == points


@given(FACTS, st.integers(0, 800))
def test_the_order_says_nothing_and_the_bounds_hold(facts: list[tuple[str, datetime]], age: int) -> None:
    points = score(facts, days_ago(age), NOW)
    assert 0 <= points <= 100
    assert points == score(facts[::-1], days_ago(age), NOW)
    assert {score(some, days_ago(age), NOW) for some in permutations(facts[:4])} == {score(facts[:4], days_ago(age), NOW)}


@given(FACTS, st.sampled_from(sorted(GOOD)), st.sampled_from(sorted(BAD)))
def test_good_news_never_lowers_it_and_bad_news_never_raises_it(facts: list[tuple[str, datetime]], good: str, bad: str) -> None:
    points = score(facts, days_ago(30), NOW)
    assert score([*facts, (good, NOW)], days_ago(30), NOW) >= points
    assert score([*facts, (bad, NOW)], days_ago(30), NOW) <= points
