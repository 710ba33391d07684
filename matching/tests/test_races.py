"""Members act at the same instant: they meet at a barrier, on connections of their own."""

from functools import partial
from typing import Any

import pytest

from accounts import services as accounts
from accounts.models import Block, Member
from accounts.vocabulary.models import Skill
from chat.models import Room
from matching import matrix, services
from matching.models import Match, MatrixVersion, SkillPair, Swipe
from ops.errors import NotFound
from tests.factories import MemberFactory
from tests.support import race

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

ROUNDS = 20


def like(actor: Member, target: Member) -> Any:
    return partial(services.swipe, actor, target.pk, "like")


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def test_two_likes_at_once_make_exactly_one_match() -> None:
    for _ in range(ROUNDS):
        ana, ben = MemberFactory.create_batch(2)
        outcomes = race(like(ana, ben), like(ben, ana))
        matches = [match for _, match in outcomes if match is not None]
        assert len(matches) == 1
        assert Match.objects.filter(pk=matches[0].pk, ended_at=None).count() == 1
        assert Room.objects.filter(match=matches[0]).count() == 1
    assert Match.objects.count() == ROUNDS


def test_a_double_click_is_one_like() -> None:
    for _ in range(5):
        ana, ben = MemberFactory.create_batch(2)
        assert kinds(race(*[like(ana, ben)] * 4)) == ["AlreadySwiped"] * 3 + ["tuple"]
        assert Swipe.objects.filter(actor=ana).count() == 1


def test_no_number_of_simultaneous_likes_passes_the_quota(settings: Any, ana: Member) -> None:
    settings.LIKES_PER_DAY = 3
    targets = MemberFactory.create_batch(8)
    assert kinds(race(*(like(ana, target) for target in targets))) == ["LikeQuota"] * 5 + ["tuple"] * 3
    assert Swipe.objects.filter(actor=ana).count() == 3


def test_a_block_has_the_last_word_over_a_like() -> None:
    for _ in range(ROUNDS):
        ana, ben = MemberFactory.create_batch(2)
        services.swipe(ben, ana.pk, "like")
        liked, blocked = race(like(ana, ben), partial(accounts.block, ben, ana.pk))
        assert blocked is None
        assert isinstance(liked, NotFound | tuple)
        assert Block.objects.filter(blocker=ben).exists()
        assert not Match.objects.filter(member_a__in=[ana, ben], ended_at=None).exists()
        assert not Room.objects.filter(match__member_a__in=[ana, ben], closed_at=None).exists()


def test_undoing_a_like_that_is_being_returned_ends_one_way_or_the_other() -> None:
    for _ in range(ROUNDS):
        ana, ben = MemberFactory.create_batch(2)
        services.swipe(ana, ben.pk, "like")
        undone, (_, match) = race(partial(services.undo, ana, ben.pk), like(ben, ana))
        assert isinstance(undone, services.AlreadyMatched) is (match is not None)
        assert Swipe.objects.filter(actor=ana).exists() is (match is not None)


def test_both_leave_a_match_at_once() -> None:
    ana, ben = MemberFactory.create_batch(2)
    services.swipe(ana, ben.pk, "like")
    match = services.swipe(ben, ana.pk, "like")[1]
    outcomes = race(*(partial(services.unmatch, member, match.pk) for member in (ana, ben)))
    assert [outcome for outcome in outcomes if outcome is not None and not isinstance(outcome, NotFound)] == []
    match.refresh_from_db()
    assert match.ended_by in (ana, ben)


def test_versions_have_no_hole_however_many_publish_at_once(sam: Member) -> None:
    python, figma = Skill.objects.get(name="Python"), Skill.objects.get(name="Figma")
    before = MatrixVersion.objects.first().number
    acts = [
        partial(matrix.set_skill_pair, actor=sam, skill_a=ends[0], skill_b=ends[1], score=number / 10)
        for number in range(8)
        for ends in [[python, figma][:: -1 if number % 2 else 1]]
    ]
    outcomes = race(*acts)
    assert sum(created for _, created in outcomes) == 1
    assert [version.number for version in MatrixVersion.objects.all()[:8]] == list(range(before + 8, before, -1))
    changes = [version.changes[0] for version in MatrixVersion.objects.all()[:8]][::-1]
    assert [change["before"] for change in changes] == [None, *(change["after"] for change in changes[:-1])]
    assert SkillPair.objects.get(skill_a__in=[python, figma], skill_b__in=[python, figma]).score == changes[-1]["after"]
