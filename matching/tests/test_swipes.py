"""Likes, passes, notes, limits, undoing and what others see of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.pagination import CursorPagination

from accounts.models import Block, Member
from chat.models import Membership, Room
from matching import selectors, services
from matching.models import Match, Swipe, UndoneLike
from tests.factories import BlockFactory, MatchFactory, MemberFactory, SwipeFactory
from tests.support import api, change, pointers, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def swipe(actor: Member, target: Member, action: str = "like", **more: Any) -> Any:
    return api(actor).post("/api/swipes", {"target": str(target.pk), "action": action, **more})


class TestDeciding:
    @pytest.mark.parametrize("action", ["like", "super_like", "pass"])
    def test_a_decision_is_kept(self, action: str, ana: Member, ben: Member) -> None:
        answer = swipe(ana, ben, action)
        row = Swipe.objects.get()
        assert answer.status_code == 201
        assert answer.json() == {"id": str(row.pk), "action": action, "matched": False, "match": None}
        assert (row.actor, row.target, row.action) == (ana, ben, action)

    def test_a_like_may_carry_a_note(self, ana: Member, ben: Member) -> None:
        swipe(ana, ben, note="Your posters are lovely.")
        assert Swipe.objects.get().note == "Your posters are lovely."

    @pytest.mark.parametrize("note", [None, ""])
    def test_no_note_is_fine(self, note: str | None, ana: Member, ben: Member) -> None:
        assert swipe(ana, ben, note=note).status_code == 201

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"note": "x" * 301}, {"/note": "max_length"}),
            ({"note": "a\x00b"}, {"/note": "null_characters_not_allowed"}),
            ({"action": "wink"}, {"/action": "invalid_choice"}),
            ({"target": "nobody"}, {"/target": "invalid"}),
            ({"target": None}, {"/target": "null"}),
            ({"colour": "red"}, {"/colour": "unknown_field"}),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, body: dict[str, Any], code: dict[str, str], ana: Member, ben: Member) -> None:
        assert pointers(api(ana).post("/api/swipes", {"target": str(ben.pk), "action": "like", **body})) == code

    def test_oneself_is_refused(self, ana: Member) -> None:
        assert pointers(swipe(ana, ana)) == {"/target": "invalid"}

    @pytest.mark.parametrize("second", ["like", "pass", "super_like"])
    def test_a_second_decision_is_refused(self, second: str, ana: Member, ben: Member) -> None:
        swipe(ana, ben, "pass")
        refused(swipe(ana, ben, second), 409, "already_swiped")
        assert Swipe.objects.get().action == "pass"


class TestWhoDoesNotExist:
    HIDE: dict[str, Callable[[Member, Member], Any]] = {
        "blocked": lambda ana, ben: BlockFactory(blocker=ana, blocked=ben),
        "blocking": lambda ana, ben: BlockFactory(blocker=ben, blocked=ana),
        "hidden": lambda ana, ben: change(ben, visibility="hidden"),
        "for matches only": lambda ana, ben: change(ben, visibility="matches"),
        "suspended": lambda ana, ben: Member.objects.filter(pk=ben.pk).update(suspended_at=timezone.now()),
        "unverified": lambda ana, ben: Member.objects.filter(pk=ben.pk).update(email_verified_at=None),
        "closed": lambda ana, ben: Member.objects.filter(pk=ben.pk).update(is_active=False),
        "gone": lambda ana, ben: Member.objects.filter(pk=ben.pk).delete(),
    }

    @pytest.mark.parametrize("hide", HIDE.values(), ids=HIDE)
    def test_all_are_answered_alike(self, hide: Callable[[Member, Member], Any], ana: Member, ben: Member) -> None:
        target = MemberFactory.build(id=ben.pk)
        hide(ana, ben)
        nobody = MemberFactory.build(id=uuid4())
        answers = [swipe(ana, somebody) for somebody in (target, nobody)]
        there, nowhere = (refused(answer, 404, "not_found") for answer in answers)
        assert {**there, "request_id": ""} == {**nowhere, "request_id": ""}
        for path in ("profiles", "compatibility"):
            refused(api(ana).get(f"/api/{path}/{target.pk}"), 404, "not_found")


class TestMatching:
    def test_two_likes_become_a_match_with_a_room(self, ana: Member, ben: Member) -> None:
        swipe(ana, ben, "super_like")
        answer = swipe(ben, ana).json()
        match = Match.objects.get()
        assert answer["matched"] is True
        assert set(answer["match"]) == {"id", "member", "room", "score", "matched_at", "last_message", "unread"}
        assert (answer["match"]["id"], answer["match"]["room"]) == (str(match.pk), str(match.pk))
        assert answer["match"]["member"]["name"] == "Ana Ferreira"
        assert {match.member_a, match.member_b} == {ana, ben}
        room = Room.objects.get(match=match)
        assert set(Membership.objects.filter(room=room).values_list("member", "peer")) == {(ana.pk, ben.pk), (ben.pk, ana.pk)}

    def test_the_score_of_a_match_is_the_one_of_discover(self, ana: Member, ben: Member) -> None:
        seen = api(ana).get("/api/discover").json()["results"][0]["score"]
        swipe(ben, ana)
        assert swipe(ana, ben).json()["match"]["score"] == seen

    @pytest.mark.parametrize(("first", "second"), [("like", "pass"), ("pass", "like"), ("pass", "pass")])
    def test_a_pass_matches_nobody(self, first: str, second: str, ana: Member, ben: Member) -> None:
        swipe(ana, ben, first)
        assert swipe(ben, ana, second).json()["matched"] is False
        assert not Match.objects.exists()

    def test_who_liked_a_member_for_matches_only_is_seen_by_them(self, ana: Member, ben: Member) -> None:
        change(ben, visibility="matches")
        swipe(ben, ana)
        assert swipe(ana, ben).json()["matched"] is True


class TestQuota:
    def test_the_daily_likes_run_out(self, settings: Any, ana: Member) -> None:
        settings.LIKES_PER_DAY = 2
        others = MemberFactory.create_batch(4)
        SwipeFactory(actor=ana, target=others[0], created_at=timezone.now() - timedelta(hours=23))
        assert swipe(ana, others[1]).status_code == 201
        answer = swipe(ana, others[2])
        refused(answer, 429, "like_quota")
        assert 3500 < int(answer["Retry-After"]) <= 3601
        assert swipe(ana, others[2], "pass").status_code == 201
        assert swipe(ana, others[3], "super_like").status_code == 201

    def test_super_likes_have_their_own(self, settings: Any, ana: Member, ben: Member, cleo: Member) -> None:
        settings.SUPER_LIKES_PER_DAY = 1
        swipe(ana, ben, "super_like")
        refused(swipe(ana, cleo, "super_like"), 429, "like_quota")
        assert swipe(ana, cleo).status_code == 201

    def test_a_like_that_was_taken_back_still_counts(self, settings: Any, ana: Member, ben: Member, cleo: Member) -> None:
        settings.LIKES_PER_DAY = 2
        for _ in range(2):
            assert swipe(ana, ben).status_code == 201
            assert api(ana).delete(f"/api/swipes/{ben.pk}").status_code == 204
        answer = swipe(ana, cleo)
        refused(answer, 429, "like_quota")
        assert 86_300 < int(answer["Retry-After"]) <= 86_401
        assert swipe(ana, ben, "super_like").status_code == 201
        assert swipe(ana, cleo, "pass").status_code == 201
        UndoneLike.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
        assert swipe(ana, MemberFactory()).status_code == 201

    def test_a_pass_that_was_taken_back_is_nothing(self, ana: Member, ben: Member) -> None:
        swipe(ana, ben, "pass")
        api(ana).delete(f"/api/swipes/{ben.pk}")
        assert not UndoneLike.objects.exists()

    def test_yesterday_s_likes_do_not_count(self, settings: Any, ana: Member, ben: Member) -> None:
        settings.LIKES_PER_DAY = 1
        SwipeFactory(actor=ana, created_at=timezone.now() - timedelta(hours=24, seconds=1))
        assert swipe(ana, ben).status_code == 201

    def test_the_defaults_are_a_hundred_and_five(self, settings: Any) -> None:
        assert (settings.LIKES_PER_DAY, settings.SUPER_LIKES_PER_DAY) == (100, 5)


class TestUndoing:
    def test_nothing_can_be_undone_twice(self, ana: Member, ben: Member) -> None:
        swipe(ana, ben)
        client = api(ana)
        assert client.delete(f"/api/swipes/{ben.pk}").status_code == 204
        refused(client.delete(f"/api/swipes/{ben.pk}"), 404, "not_found")

    def test_an_undone_like_matches_nobody(self, ana: Member, ben: Member) -> None:
        swipe(ana, ben)
        api(ana).delete(f"/api/swipes/{ben.pk}")
        assert swipe(ben, ana).json()["matched"] is False

    @pytest.mark.parametrize("ended", [None, timezone.now()])
    def test_a_match_is_not_undone(self, ended: Any, ana: Member, ben: Member) -> None:
        SwipeFactory(actor=ana, target=ben)
        MatchFactory(member_a=ana, member_b=ben, ended_at=ended)
        refused(api(ana).delete(f"/api/swipes/{ben.pk}"), 409, "already_matched")

    @pytest.mark.parametrize("matched", [True, False])
    def test_who_blocked_you_is_answered_like_nobody(self, matched: bool, ana: Member, ben: Member) -> None:
        swipe(ana, ben)
        if matched:
            swipe(ben, ana)
        api(ben).post("/api/blocks", {"member": str(ana.pk)})
        refused(api(ana).delete(f"/api/swipes/{ben.pk}"), 404, "not_found")


class TestUnmatching:
    def match(self, ana: Member, ben: Member) -> Match:
        services.swipe(ana, ben.pk, "like")
        return services.swipe(ben, ana.pk, "like")[1]

    def test_it_ends_for_both(self, ana: Member, ben: Member) -> None:
        match = self.match(ana, ben)
        assert api(ana).delete(f"/api/matches/{match.pk}").status_code == 204
        match.refresh_from_db()
        assert (match.ended_by, match.ended_at is None) == (ana, False)
        assert Room.objects.get(match=match).closed_at is not None
        refused(api(ben).delete(f"/api/matches/{match.pk}"), 404, "not_found")
        assert [api(member).get("/api/matches").json()["results"] for member in (ana, ben)] == [[], []]

    def test_a_stranger_cannot_end_it(self, ana: Member, ben: Member, cleo: Member) -> None:
        match = self.match(ana, ben)
        refused(api(cleo).delete(f"/api/matches/{match.pk}"), 404, "not_found")

    def test_they_never_meet_again(self, ana: Member, ben: Member) -> None:
        services.unmatch(ana, self.match(ana, ben).pk)
        refused(swipe(ana, ben), 409, "already_swiped")
        assert selectors.excluded_ids(ana) == {ben.pk}

    def test_a_block_ends_it_too(self, ana: Member, ben: Member) -> None:
        match = self.match(ana, ben)
        assert api(ben).post("/api/blocks", {"member": str(ana.pk)}).status_code == 201
        match.refresh_from_db()
        assert match.ended_by == ben


class TestInvitations:
    def names(self, member: Member) -> list[str]:
        return [row["member"]["name"] for row in api(member).get("/api/invitations").json()["results"]]

    def test_super_likes_come_first_then_the_newest(self, ana: Member) -> None:
        for number, action in enumerate(["like", "super_like", "pass", "like", "super_like"]):
            SwipeFactory(actor=MemberFactory(profile__name=f"N{number}"), target=ana, action=action)
        assert self.names(ana) == ["N4", "N1", "N3", "N0"]

    def test_one_says_who_what_and_how_well_it_fits(self, ana: Member, ben: Member) -> None:
        swipe(ben, ana, "super_like", note="Shall we?")
        row = api(ana).get("/api/invitations").json()["results"][0]
        assert set(row) == {"id", "member", "action", "note", "score", "created_at"}
        assert (row["action"], row["note"], row["member"]["id"]) == ("super_like", "Shall we?", str(ben.pk))
        assert row["score"] == api(ana).get("/api/discover").json()["results"][0]["score"]

    @pytest.mark.parametrize("answer", ["like", "pass"])
    def test_an_answered_one_is_gone(self, answer: str, ana: Member, ben: Member) -> None:
        swipe(ben, ana)
        swipe(ana, ben, answer)
        assert self.names(ana) == []

    def test_nobody_hears_of_one_from_a_blocked_or_hidden_member(self, ana: Member, ben: Member, cleo: Member) -> None:
        swipe(ben, ana)
        swipe(cleo, ana)
        assert set(self.names(ana)) == {"Ben Vogel", "Cleo Wijaya"}
        BlockFactory(blocker=ben, blocked=ana)
        change(cleo, visibility="hidden")
        assert self.names(ana) == []

    def test_pages_hold_everybody_once(self, ana: Member) -> None:
        made = [SwipeFactory(target=ana, action=action).actor for action in ["like"] * 3 + ["super_like"] * 2]
        client, seen, address = api(ana), [], "/api/invitations?limit=2"
        while address:
            page = client.get(address).json()
            seen += [row["member"]["id"] for row in page["results"]]
            address = page["next"]
        assert sorted(seen) == sorted(str(actor.pk) for actor in made)

    def test_no_page_repeats_one_however_many_are_of_one_kind(self, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(CursorPagination, "offset_cutoff", 3)  # 1,000 otherwise: what is behind it came again and again
        for number in range(12):
            SwipeFactory(target=ana, action="like" if number % 5 else "super_like")
        client, pages, address = api(ana), [], "/api/invitations?limit=2"
        while address and len(pages) < 10:
            pages.append(client.get(address).json())
            address = pages[-1]["next"]
        rows = [row for page in pages for row in page["results"]]
        assert [row["action"] for row in rows] == ["super_like"] * 3 + ["like"] * 9
        assert len({row["id"] for row in rows}) == 12
        back = client.get(pages[4]["previous"]).json()
        assert back == pages[3]
        assert client.get(pages[1]["previous"]).json()["previous"] is None
        refused(api(ana).get("/api/swipes?" + pages[1]["next"].partition("?")[2]), 400, "invalid")


class TestOwnSwipes:
    def test_they_are_listed_newest_first(self, ana: Member, ben: Member, cleo: Member) -> None:
        swipe(ana, ben, note="Hello")
        swipe(ana, cleo, "pass")
        rows = api(ana).get("/api/swipes").json()["results"]
        assert [(row["member"]["name"], row["action"], row["note"]) for row in rows] == [
            ("Cleo Wijaya", "pass", ""),
            ("Ben Vogel", "like", "Hello"),
        ]
        assert set(rows[0]) == {"id", "member", "action", "note", "created_at"}

    def test_who_blocked_or_hid_since_is_not_listed(self, ana: Member, ben: Member, cleo: Member) -> None:
        swipe(ana, ben)
        swipe(ana, cleo)
        Block.objects.create(blocker=ben, blocked=ana)
        change(cleo, visibility="hidden")
        assert api(ana).get("/api/swipes").json()["results"] == []

    def test_stats_count_both_sides(self, ana: Member, ben: Member, cleo: Member) -> None:
        swipe(ana, ben)
        swipe(ana, MemberFactory(), "super_like")
        swipe(ana, MemberFactory(), "pass")
        swipe(ben, ana)
        swipe(cleo, ana, "super_like")
        swipe(MemberFactory(), ana, "pass")
        assert api(ana).get("/api/swipes/stats").json() == {
            "likes": 1, "super_likes": 1, "passes": 1, "received": 2, "matches": 1, "match_rate": 0.5,
        }  # fmt: skip

    def test_stats_of_somebody_new_are_zeros(self, ana: Member) -> None:
        assert set(api(ana).get("/api/swipes/stats").json().values()) == {0}


class TestCompatibility:
    def test_it_is_what_discover_says(self, ana: Member, ben: Member) -> None:
        row = api(ana).get("/api/discover").json()["results"][0]
        row.pop("member")
        assert api(ana).get(f"/api/compatibility/{ben.pk}").json() == row

    def test_both_sides_see_the_same_score(self, ana: Member, ben: Member) -> None:
        scores = [api(one).get(f"/api/compatibility/{other.pk}").json()["score"] for one, other in ((ana, ben), (ben, ana))]
        assert scores[0] == scores[1]

    def test_with_oneself_there_is_none(self, ana: Member) -> None:
        refused(api(ana).get(f"/api/compatibility/{ana.pk}"), 404, "not_found")
