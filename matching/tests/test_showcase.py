"""Real pairs on the front page, and nobody in them."""

from typing import Any

import pytest
from django.core.cache import caches
from django.utils import timezone

from accounts.models import Member, Visibility
from accounts.vocabulary.models import Field
from matching import showcase
from tests.browser import Browser
from tests.factories import BlockFactory, MemberFactory
from tests.support import change, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    caches["here"].delete(showcase.KEY)


@pytest.fixture
def crowd() -> list[Member]:
    """As many as there have to be, in two fields."""
    fields = Field.objects.filter(name__in=["Software Development", "Graphic Design"])
    return [
        MemberFactory(profile__field=fields[number % 2], profile__name=f"Xandra {number}", profile__city=f"Quillstead {number}")
        for number in range(showcase.FEWEST)
    ]


def members_shown() -> set[Any]:
    return {member for example in showcase.examples() for member in example["members"]}


def test_a_pair_is_told_without_its_people(crowd: list[Member]) -> None:
    html = Browser().open("/").answer.content.decode()
    assert "Among the members right now" in html
    assert "Graphic Design" in html
    assert members_shown()
    for member in crowd:
        for told in (str(member.pk), member.pk.hex, member.email, member.profile.name, member.profile.city, member.profile.headline):
            assert told not in html
        assert member.profile.bio not in html


def test_the_points_of_a_pair_add_up(crowd: list[Member]) -> None:
    for example in showcase.examples():
        parts = [*example["result"]["explanation"], *example["result"]["boosts"]]
        assert sum(part["points"] for part in parts) == pytest.approx(example["result"]["score"], abs=0.051)


def test_among_too_few_nobody_is_shown(crowd: list[Member]) -> None:
    change(crowd[0], visibility=Visibility.HIDDEN)
    assert showcase.examples() == []
    assert "Among the members right now" not in Browser().open("/").text


def test_whose_field_is_rare_is_never_drawn(crowd: list[Member]) -> None:
    rare = MemberFactory(profile__field=Field.objects.get(name="Data Science"))
    assert rare.pk not in {profile.member_id for profile, _ in showcase.drawn(showcase.knowledge())}


@pytest.mark.parametrize("how", ["hidden", "matches", "suspended", "deactivated", "unverified", "deleted"])
def test_who_is_not_listed_is_never_drawn_and_leaves_at_once(how: str, crowd: list[Member]) -> None:
    MemberFactory.create_batch(5)
    gone = Member.objects.get(pk=showcase.examples()[0]["members"][0])
    member_id = gone.pk
    withdraw(gone, how)
    assert member_id not in members_shown()
    caches["here"].delete(showcase.KEY)
    assert member_id not in {profile.member_id for profile, _ in showcase.drawn(showcase.knowledge())}
    assert member_id not in members_shown()


def withdraw(member: Member, how: str) -> None:
    if how == "deleted":
        member.delete()
    elif how in {"hidden", "matches"}:
        change(member, visibility=how)
    else:
        changes: dict[str, dict[str, Any]] = {"suspended": {"suspended_at": timezone.now()}, "deactivated": {"is_active": False}}
        update(member, **changes.get(how, {"email_verified_at": None}))


def test_who_blocked_one_another_is_no_pair(crowd: list[Member]) -> None:
    for place, blocker in enumerate(crowd):
        for blocked in crowd[place + 1 :]:
            BlockFactory(blocker=blocker, blocked=blocked)
    assert showcase.examples() == []
