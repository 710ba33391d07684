"""Nearby, in a browser without JavaScript: the people of Discover who are close, in bands, and never a point."""

from typing import Any

import pytest

from accounts.models import Member, Profile
from accounts.places import cell_of
from matching.models import Swipe
from tests.browser import Browser
from tests.factories import BlockFactory, MemberFactory, SwipeFactory
from tests.support import change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

LISBON = (38.72, -9.14)
NEAR, FAR, OUT = (38.72, -9.0), (39.2, -9.14), (41.15, -8.61)  # 12 km, 53 km and 270 km away


@pytest.fixture
def around(ana: Member) -> dict[str, Member]:
    places = {"Here": LISBON, "Near": NEAR, "Far": FAR, "Out": OUT}
    return {name: MemberFactory(profile__name=name, profile__cell=cell_of(*point)) for name, point in places.items()}


def bands(browser: Browser) -> list[tuple[str, list[str]]]:
    return [(band, [row["member"]["name"] for row in rows]) for band, rows in browser.answer.context["bands"]]


def test_the_nearest_stand_first_in_bands(ana: Member, around: dict[str, Member]) -> None:
    browser = Browser(ana).open("/discover/").click("Nearby")
    assert bands(browser) == [("<5", ["Here"]), ("5-25", ["Near"])]
    assert "Within about 15 km" in browser.text
    assert bands(browser.click("100 km")) == [("<5", ["Here"]), ("5-25", ["Near"]), ("25-100", ["Far"])]
    assert bands(browser.click("5 km")) == [("<5", ["Here"])]
    assert bands(browser.open("/nearby/?within=9999")) == [("<5", ["Here"]), ("5-25", ["Near"])]
    assert browser.click("Here").path == f"/members/{around['Here'].pk}/"


def test_the_same_people_as_in_discover(ana: Member, around: dict[str, Member], cleo: Member) -> None:
    SwipeFactory(actor=ana, target=around["Here"], action=Swipe.Action.PASS)
    BlockFactory(blocker=around["Near"], blocked=ana)
    assert bands(Browser(ana).open("/nearby/?within=100")) == [("25-100", ["Far"])]
    change(ana, must_haves={"countries": ["DE"]})
    assert "Nobody within this distance" in Browser(ana).open("/nearby/?within=100").text
    change(ana, must_haves={})
    change(around["Far"], must_haves={"min_hours": 100})  # they, too, have a say
    assert bands(Browser(ana).open("/nearby/?within=100")) == []


def test_a_place_is_set_and_forgotten_and_no_point_is_ever_shown(ana: Member, around: dict[str, Member]) -> None:
    change(ana, cell="")
    browser = Browser(ana).open("/nearby/")
    assert "Say where you are" in browser.text
    browser.press("Save", lat=str(LISBON[0]), lon=str(LISBON[1]))
    assert Profile.objects.get(member=ana).cell == cell_of(*LISBON)
    assert bands(browser)[0] == ("<5", ["Here"])
    shown = browser.answer.content.decode()
    for secret in ("38.7", "-9.1", cell_of(*LISBON), cell_of(*NEAR)):
        assert secret not in shown
    browser.press("Forget my place")
    assert (Profile.objects.get(member=ana).cell, "Say where you are" in browser.text) == ("", True)


@pytest.mark.parametrize("point", [{"lat": "91", "lon": "0"}, {"lat": "", "lon": "0"}, {"lat": "nan", "lon": "0"}])
def test_what_is_no_point_is_refused(point: dict[str, Any], ana: Member) -> None:
    before = ana.profile.cell
    Browser(ana).open("/nearby/").press("Save", status=400, **point)
    assert Profile.objects.get(member=ana).cell == before


def test_pages_lead_on(ana: Member) -> None:
    for number in range(52):
        MemberFactory(profile__name=f"Neighbour {number}")
    browser = Browser(ana).open("/nearby/?within=5")
    assert len(bands(browser)[0][1]) == 50
    assert len(bands(browser.click("More"))[0][1]) == 2
