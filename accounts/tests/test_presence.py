"""Who hides when they are here, and does not see it of others."""

from typing import Any

import pytest

from accounts import presence
from accounts.models import Member
from tests.browser import Browser
from tests.factories import MatchFactory, RoomFactory
from tests.support import api, pointers

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _all_here(ana: Member, ben: Member, cleo: Member) -> None:
    presence.touch([ana.pk, ben.pk, cleo.pk])
    RoomFactory(match=MatchFactory(member_a=ana, member_b=ben))


def hide(member: Member, shown: bool | None = False) -> Any:
    return api(member).patch("/api/me", {"show_presence": shown})


def seen(viewer: Member, other: Member) -> set[Any]:
    """What a profile and, for matches, the cards of match and room say of the other."""
    profile = api(viewer).get(f"/api/profiles/{other.pk}").json()
    cards = [row["member"] for row in api(viewer).get("/api/matches").json()["results"]]
    cards += [row["peer"] for row in api(viewer).get("/api/chat/rooms").json()["results"]]
    shown = {card["online"] for card in cards if card["id"] == str(other.pk)}
    return shown | {profile["online"], profile["last_seen"] is not None}


def online(viewer: Member) -> set[str]:
    return {row["member"]["name"].split()[0] for row in api(viewer).get("/api/discover?online=true").json()["results"]}


def test_shown_unless_one_says_otherwise(ana: Member, ben: Member) -> None:
    assert api(ana).get("/api/me").json()["show_presence"] is True
    assert seen(ana, ben) == {True}
    assert online(ana) == {"Cleo"}  # Ben is a match already


def test_who_hides_is_seen_by_nobody_and_sees_nobody(ana: Member, ben: Member, cleo: Member) -> None:
    assert hide(ana).json()["show_presence"] is False
    assert seen(ben, ana) == {False}
    assert seen(ana, ben) == {False}
    assert online(cleo) == {"Ben"}
    assert online(ana) == set()
    assert {row["member"]["online"] for row in api(ana).get("/api/discover").json()["results"]} == {False}
    assert (api(ana).get("/api/me").json()["online"], seen(cleo, ben)) == (False, {True})


def test_null_shows_again(ana: Member, ben: Member) -> None:
    hide(ana)
    assert hide(ana, None).json()["show_presence"] is True
    assert seen(ben, ana) == {True}
    assert pointers(api(ana).patch("/api/me", {"show_presence": "perhaps"})) == {"/show_presence": "invalid"}


def test_the_page_of_privacy(ana: Member) -> None:
    browser = Browser(ana).open("/settings/").click("Privacy")
    assert browser.form_with("show_presence")["show_presence"] == "on"
    browser.press("Save", show_presence=None, visibility="matches")
    assert (browser.path, "Saved." in browser.text) == ("/settings/privacy/", True)
    ana.profile.refresh_from_db()
    assert (ana.profile.show_presence, ana.profile.visibility, ana.profile.headline) == (False, "matches", "Builds calm software")
