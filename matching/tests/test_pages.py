"""Discover, members, invitations and matches, in a browser without JavaScript."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Block, Member
from matching.models import Match, Swipe
from tests.browser import Browser
from tests.factories import EmbeddingFactory, MatchFactory, MemberFactory, PhotoFactory, RoomFactory, SwipeFactory
from tests.support import change, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOBODY = UUID("00000000-0000-7000-8000-000000000000")


def names(browser: Browser) -> list[str]:
    """Who is on the page, in its order."""
    return [card["member"]["name"] for card in browser.answer.context["page"]["results"]]


def like_back(ana: Member, ben: Member) -> None:
    """Ben's like, and Ana's answer on the page."""
    SwipeFactory(actor=ben, target=ana)
    Browser(ana).open("/invitations/").press("Like back")


# --- Discover ---


def test_discover_shows_who_fits_best_first_and_why(ana: Member, ben: Member, cleo: Member) -> None:
    browser = Browser(ana).open("/discover/")
    assert names(browser) == ["Ben Vogel", "Cleo Wijaya"]
    assert "2 people, best fit first" in browser.text
    assert browser.click("Ben Vogel").path == f"/members/{ben.pk}/"


def test_what_members_write_is_never_markup(ana: Member, ben: Member) -> None:
    change(ben, name="<b>Ben</b>", headline="<script>alert(1)</script>", skills=["<i>", "Figma"])
    for path in ("/discover/", f"/members/{ben.pk}/", f"/members/{ben.pk}/why/"):
        html = Browser(ana).open(path).answer.content.decode()
        assert "&lt;b&gt;Ben" in html
        assert not {found for found in ("<b>Ben", "<script>alert", "<i>") if found in html}


def test_filters_are_part_of_the_address_and_stay_in_the_form(ana: Member, ben: Member, cleo: Member) -> None:
    browser = Browser(ana).open("/discover/").press("Show", country="ID", skills="radiology, Nothing known", min_hours="5")
    assert names(browser) == ["Cleo Wijaya"]
    assert "country=ID" in browser.path
    assert {"country": "ID", "skills": "radiology, Nothing known", "min_hours": "5"}.items() <= browser.form_with("min_hours").items()
    assert names(browser.click("Clear all")) == ["Ben Vogel", "Cleo Wijaya"]


def test_a_tick_filters_and_can_be_taken_away(ana: Member, ben: Member, cleo: Member) -> None:
    PhotoFactory(member=cleo)
    accounts.save_profile(cleo, {"hours_per_week": 6})
    browser = Browser(ana).open("/discover/").press("Show", has_photo="on")
    assert names(browser) == ["Cleo Wijaya"]
    assert names(browser.press("Show", has_photo=None)) == ["Ben Vogel", "Cleo Wijaya"]


def test_nobody_who_fits_the_filters_is_said_in_words(ana: Member, ben: Member) -> None:
    assert "Nobody fits these filters" in Browser(ana).open("/discover/?country=FR").text
    assert "You have seen everyone" in Browser(ben).open("/discover/?").press("Pass", near=str(ana.pk)).text


def test_must_haves_that_leave_nobody_are_said_in_words(ana: Member, ben: Member) -> None:
    accounts.save_profile(ana, {"must_haves": {"countries": ["FR"]}})
    page = Browser(ana).open("/discover/")
    assert "Nobody is left within your must-haves" in page.text
    assert "You have seen everyone" not in page.text


def test_a_filter_that_is_refused_leaves_the_others_and_names_that_are_none_change_nothing(ana: Member, ben: Member, cleo: Member) -> None:
    accounts.save_profile(cleo, {"country": "PT"})
    for query in ("", "&min_score=abc", "&experience_min=senior&experience_max=junior", "&utm_source=letter"):
        assert names(Browser(ana).open(f"/discover/?country=PT{query}")) == ["Cleo Wijaya"], query


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("min_hours=a+lot", "A valid integer is required."),
        ("min_hours=169", "less than or equal to 168"),
        ("min_score=nan", "A valid number is required."),
        ("field=Sorcery", "There is no such field."),
        ("country=Narnia", "A country is an ISO 3166 alpha-2 code such as PT."),
        ("language=en,Klingon", "There is no language “Klingon”"),
        ("experience_min=wizard", "is not a valid choice"),
        ("within_km=far", "A valid number is required."),
        ("cursor=%00", "Null characters are not allowed."),
        ("limit=0", "greater than or equal to 1"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_the_page_stays(query: str, sentence: str, ana: Member, ben: Member) -> None:
    browser = Browser(ana).open(f"/discover/?{query}")
    assert names(browser) == ["Ben Vogel"]
    assert sentence.lower() in browser.text.lower()
    assert [len(errors) for errors in browser.answer.context["form"].errors.values()] == [1]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 0),
        ("country=PT&min_hours=5", 2),
        ("country=PT&min_hours=a+lot", 1),
        ("min_score=abc&language=Klingon&utm_source=letter", 0),
        ("skills=Figma,React&skills_mode=all", 1),
        ("remote=false&online=false&has_photo=on", 2),
    ],
)
def test_the_badge_counts_the_filters_that_apply(query: str, count: int, ana: Member) -> None:
    page = Browser(ana).open(f"/discover/?{query}")
    assert re.findall(r"(\d+) in use", page.text) == [str(count)] * (count > 0)
    assert ("Nobody fits these filters" in page.text) is (count > 0)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "eyJhIjoxfQ"])
def test_a_cursor_that_makes_no_sense_is_a_page_for_people(cursor: str, ana: Member, ben: Member) -> None:
    browser = Browser(ana).open(f"/discover/?cursor={cursor}", status=400)
    assert "<!doctype html>" in browser.answer.content.decode()


def test_paging_goes_on_and_back_without_losing_anybody_or_the_filters(ana: Member) -> None:
    everybody = {MemberFactory(profile__hours_per_week=hours).profile.name for hours in (10, 15, 20, 25, 30)}
    MemberFactory(profile__country="FR")
    browser = Browser(ana).open("/discover/?limit=2&country=PT")
    first, seen = names(browser), names(browser)
    while "More" in dict(browser.page.links):
        browser.click("More")
        seen += names(browser)
    assert (set(seen), len(seen)) == (everybody, 5)
    assert names(browser.click("Back").click("Back")) == first


def test_htmx_gets_the_list_alone(ana: Member, ben: Member) -> None:
    html = Browser(ana, **{"hx-request": "true"}).open("/discover/").answer.content.decode()
    assert html.lstrip().startswith('<div id="results"')
    assert "Ben Vogel" in html
    assert "<html" not in html


def test_a_browser_keeps_whole_page_and_list_apart(ana: Member) -> None:
    """The same address answers both; what is stored for one must not be shown as the other."""
    assert "HX-Request" in Browser(ana).open("/discover/").answer.get("Vary", "")


def test_who_is_not_listed_is_told_so(ana: Member, sam: Member) -> None:
    assert "You are not in the list yet" in Browser(sam).open("/discover/").text
    assert "You are not in the list yet" not in Browser(ana).open("/discover/").text


# --- Like, pass, undo ---


@pytest.mark.parametrize(("button", "action"), [("Like", "like"), ("Pass", "pass"), ("Super like", "super_like")])
def test_an_answer_takes_the_card_away_and_can_be_undone(button: str, action: str, ana: Member, ben: Member, cleo: Member) -> None:
    browser = Browser(ana).open("/discover/?country=DE").press(button, near=str(ben.pk))
    assert (browser.path, names(browser)) == ("/discover/?country=DE", [])
    assert Swipe.objects.get().action == action
    assert f"{'You passed on' if action == 'pass' else 'You liked'} Ben Vogel." in browser.text
    browser.press("Undo")
    assert (browser.path, names(browser)) == ("/discover/?country=DE", ["Ben Vogel"])
    assert not Swipe.objects.exists()


def test_a_note_goes_along(ana: Member, ben: Member) -> None:
    browser = Browser(ana).open("/discover/").press("Super like with this note", note="Let us build <it>.")
    assert (Swipe.objects.get().action, Swipe.objects.get().note) == ("super_like", "Let us build <it>.")
    assert "You liked them" in browser.open(f"/members/{ben.pk}/").text
    assert "Let us build <it>." in Browser(ben).open("/invitations/").text


def test_a_note_that_is_too_long_is_refused_in_a_toast(ana: Member, ben: Member) -> None:
    browser = Browser(ana).open("/discover/").press("Like with this note", note="x" * 301)
    assert (browser.path, 'class="toast' in browser.answer.content.decode()) == ("/discover/", True)
    assert not Swipe.objects.exists()


def test_a_second_answer_is_refused_in_a_toast(ana: Member, ben: Member) -> None:
    first, second = Browser(ana).open("/discover/"), Browser(ana).open("/discover/")
    first.press("Like")
    assert "You have already decided about this member." in second.press("Pass").text
    assert Swipe.objects.get().action == "like"


def test_the_last_super_like_of_a_day_is_the_last(ana: Member, ben: Member, cleo: Member, settings: Any) -> None:
    settings.SUPER_LIKES_PER_DAY = 1
    browser = Browser(ana).open("/discover/").press("Super like", near=str(ben.pk))
    assert "You have used your likes of today." in browser.press("Super like").text
    assert names(browser) == ["Cleo Wijaya"]


def test_an_answer_never_leads_to_another_site(ana: Member, ben: Member) -> None:
    client = Browser(ana).client
    client.handler.enforce_csrf_checks = False
    answer = client.post("/discover/swipe/", {"target": ben.pk, "action": "pass", "next": "https://evil.example/"})
    assert answer["Location"] == "/discover/"
    answer = client.post("/discover/undo/", {"target": ben.pk, "next": "//evil.example/"})
    assert answer["Location"] == "/discover/"


@pytest.mark.parametrize("body", [{}, {"target": "x", "action": "like"}, {"target": str(NOBODY), "action": "adore"}])
def test_an_answer_that_makes_no_sense_is_a_page_for_people(body: dict[str, str], ana: Member) -> None:
    client = Browser(ana).client
    client.handler.enforce_csrf_checks = False
    answer = client.post("/discover/swipe/", body)
    assert (answer.status_code, "<!doctype html>" in answer.content.decode()) == (400, True)
    assert client.post("/discover/undo/", {"target": "x"}).status_code == 404


def test_only_a_post_changes_anything(ana: Member, ben: Member) -> None:
    client = Browser(ana).client
    for path in ("/discover/swipe/", "/discover/undo/", f"/members/{ben.pk}/block/", f"/matches/{NOBODY}/unmatch/", "/accounts/logout/"):
        assert client.get(path).status_code == 405


# --- Invitations and matches ---


def test_invitations_come_super_likes_first_with_their_notes(ana: Member, ben: Member, cleo: Member) -> None:
    SwipeFactory(actor=ben, target=ana, action="super_like", note="You had me at PostgreSQL.")
    SwipeFactory(actor=cleo, target=ana)
    SwipeFactory(target=ana, action="pass")
    browser = Browser(ana).open("/invitations/")
    assert names(browser) == ["Ben Vogel", "Cleo Wijaya"]
    assert "You had me at PostgreSQL." in browser.text
    browser.press("Pass", near=str(cleo.pk))
    assert (browser.path, names(browser)) == ("/invitations/", ["Ben Vogel"])


def test_liking_back_opens_the_conversation(ana: Member, ben: Member) -> None:
    SwipeFactory(actor=ben, target=ana)
    browser = Browser(ana).open("/invitations/").press("Like back")
    match = Match.objects.get()
    assert browser.path == f"/inbox/{match.pk}/"
    assert "It is a match! You and Ben Vogel can talk now." in browser.text
    assert "You like each other." in browser.open(f"/members/{ben.pk}/").text
    for who, other in ((ana, ben), (ben, ana)):
        page = Browser(who).open("/matches/")
        assert names(page) == [other.profile.name]
        assert page.click("Conversation").path == f"/inbox/{match.pk}/"
    assert "You liked" not in browser.open("/discover/").text


def test_htmx_leaves_the_page_for_a_match(ana: Member, ben: Member) -> None:
    SwipeFactory(actor=ben, target=ana)
    client = Browser(ana).client
    client.handler.enforce_csrf_checks = False
    answer = client.post("/discover/swipe/", {"target": ben.pk, "action": "like"}, headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, f"/inbox/{Match.objects.get().pk}/")


def test_unmatching_closes_the_conversation_for_both(ana: Member, ben: Member) -> None:
    like_back(ana, ben)
    room = f"/inbox/{Match.objects.get().pk}/"
    browser = Browser(ana).open("/matches/").press("Unmatch Ben Vogel")
    assert (browser.path, names(browser)) == ("/matches/", [])
    assert "You are no longer matched." in browser.text
    for who in (ana, ben):
        Browser(who).open(room, status=404)
        assert names(Browser(who).open("/matches/")) == []
        assert names(Browser(who).open("/discover/")) == []


def test_a_match_of_others_cannot_be_ended(ana: Member, ben: Member, cleo: Member) -> None:
    like_back(ana, ben)
    client = Browser(cleo).client
    client.handler.enforce_csrf_checks = False
    assert client.post(f"/matches/{Match.objects.get().pk}/unmatch/").status_code == 404
    assert Match.objects.get().ended_at is None


def test_blocking_ends_everything_both_ways(ana: Member, ben: Member) -> None:
    like_back(ana, ben)
    room = f"/inbox/{Match.objects.get().pk}/"
    browser = Browser(ana).open(f"/members/{ben.pk}/").press("Block Ben Vogel")
    assert (browser.path, "You will not see one another again." in browser.text) == ("/discover/", True)
    for who, other in ((ana, ben), (ben, ana)):
        page = Browser(who).open("/discover/")
        assert names(page) == []
        for path in (f"/members/{other.pk}/", f"/members/{other.pk}/why/", room):
            page.open(path, status=404)


def test_nobody_blocks_themselves(ana: Member) -> None:
    client = Browser(ana).client
    client.handler.enforce_csrf_checks = False
    assert client.post(f"/members/{ana.pk}/block/").status_code == 400
    client.post(f"/members/{NOBODY}/block/")
    assert not Block.objects.exists()


# --- A member ---


def test_a_member_s_page_says_who_they_are_and_why_you_fit(ana: Member, ben: Member) -> None:
    browser = Browser(ana).open(f"/members/{ben.pk}/")
    for told in ("Ben Vogel", "Product Designer", "Prototyping", "Backend", "Why you match"):
        assert told in browser.text
    assert "ben@example.org" not in browser.answer.content.decode()
    assert "You and Ben Vogel" in browser.open(f"/members/{ben.pk}/why/").text


def test_one_s_own_page_is_as_others_see_it(ana: Member) -> None:
    browser = Browser(ana).open(f"/members/{ana.pk}/")
    assert "This is your profile, as others see it." in browser.text
    assert "Block" not in browser.text


def test_why_one_fits_oneself_is_no_question(ana: Member) -> None:
    assert Browser(ana).open(f"/members/{ana.pk}/why/").path == f"/members/{ana.pk}/"


HIDE: dict[str, Callable[[Member, Member], Any]] = {
    "hidden": lambda ana, ben: change(ben, visibility="hidden"),
    "for matches only": lambda ana, ben: change(ben, visibility="matches"),
    "suspended": lambda ana, ben: update(ben, suspended_at=timezone.now()),
    "unverified": lambda ana, ben: update(ben, email_verified_at=None),
    "blocked": lambda ana, ben: accounts.block(ana, ben.pk),
    "blocked by them": lambda ana, ben: accounts.block(ben, ana.pk),
    "gone": lambda ana, ben: ben.delete(),
}


@pytest.mark.parametrize("hide", HIDE.values(), ids=HIDE)
def test_who_may_not_be_seen_is_answered_like_nobody(hide: Callable[[Member, Member], Any], ana: Member, ben: Member) -> None:
    browser, there = Browser(ana), ben.pk
    browser.open(f"/members/{there}/")
    hide(ana, ben)
    pages = [browser.open(f"/members/{who}/{more}", status=404).text for who in (there, NOBODY) for more in ("", "why/")]
    assert len({page.split("name this number")[0] for page in pages}) == 1
    assert browser.client.post("/discover/swipe/", {"target": there, "action": "like"}).status_code in {403, 404}


# --- Costs ---


def grow(viewer: Member) -> None:
    for _ in range(3):
        PhotoFactory(member=MemberFactory())
        SwipeFactory(target=viewer)
        SwipeFactory(actor=viewer, action="pass")
        other = MemberFactory()
        EmbeddingFactory(member=other)
        RoomFactory(match=MatchFactory(member_a=viewer, member_b=other))


@pytest.mark.parametrize("path", ["/discover/", "/invitations/", "/matches/", "/inbox/"])
def test_a_page_costs_the_same_however_long(path: str, ana: Member) -> None:
    browser, costs = Browser(ana), []
    for _ in range(3):
        grow(ana)
        browser.open(path)
        with CaptureQueriesContext(connection) as queries:
            browser.open(path)
        costs.append(len(queries))
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 36


# --- Who is not signed in ---


@pytest.mark.parametrize(
    "path",
    [
        "/discover/", "/invitations/", "/matches/", "/inbox/", f"/inbox/{NOBODY}/", f"/members/{NOBODY}/", f"/members/{NOBODY}/why/",
        "/onboarding/", "/settings/", "/settings/profile/", "/settings/photo/", "/settings/must-haves/", "/settings/account/", "/settings/security/",
    ],
)  # fmt: skip
def test_every_page_asks_strangers_to_sign_in(path: str) -> None:
    assert Browser().open(path).path == f"/accounts/login/?next={path}"


def test_strangers_change_nothing(ana: Member) -> None:
    client = Browser().client
    client.handler.enforce_csrf_checks = False
    for path in ("/discover/swipe/", "/discover/undo/", f"/members/{ana.pk}/block/", f"/matches/{NOBODY}/unmatch/", "/settings/account/"):
        answer = client.post(path, {"target": ana.pk, "action": "like", "do": "logout_all"})
        assert (answer.status_code, urlsplit(answer["Location"]).path) == (302, "/accounts/login/")
