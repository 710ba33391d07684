"""The safety pages, as people without JavaScript use them."""

import pytest

from accounts.models import Block, Member
from accounts.moderation.models import Report
from tests.browser import Browser
from tests.factories import BlockFactory, MatchFactory, RoomFactory
from tests.support import change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

DETAILS = "Asks everybody for money, and so he did me."


def test_reporting_from_a_profile(ana: Member, ben: Member) -> None:
    browser = Browser(ana).open(f"/members/{ben.pk}/").click("Report Ben Vogel")
    browser.press("Send the report", reason="spam", details=DETAILS)
    assert (browser.path, "Thank you. People will look at it." in browser.text) == ("/safety/", True)
    made = Report.objects.get()
    assert (made.reporter, made.subject, made.details, made.evidence["name"]) == (ana, ben, DETAILS, "Ben Vogel")
    assert not Block.objects.exists()


def test_reporting_and_blocking_from_a_conversation_with_somebody_who_hides_now(ana: Member, ben: Member) -> None:
    match = MatchFactory(member_a=ana, member_b=ben)
    RoomFactory(match=match)
    change(ben, visibility="hidden")
    browser = Browser(ana).open(f"/inbox/{match.pk}/").click("Report")
    browser.press("Send the report", reason="harassment", details=DETAILS, block="on")
    assert "Ben Vogel" in browser.text
    assert Block.objects.get().blocked == ben
    assert Report.objects.get().subject == ben


def test_what_is_missing_is_said_and_what_was_written_stays(ana: Member, ben: Member) -> None:
    browser = Browser(ana).open(f"/safety/report/{ben.pk}/").press("Send the report", status=400, details="Too short.")
    assert browser.form_with("details")["details"] == "Too short."
    assert not Report.objects.exists()
    for status in (200, 400):
        browser.open(f"/safety/report/{ben.pk}/").press("Send the report", reason="fake", details=DETAILS, status=status)
    assert "You have reported this member already" in browser.text
    assert Report.objects.count() == 1


def test_unblocking(ana: Member, ben: Member) -> None:
    BlockFactory(blocker=ana, blocked=ben)
    Browser(ben).open(f"/safety/report/{ana.pk}/", status=404)
    browser = Browser(ana).open("/safety/")
    assert "Ben Vogel" in browser.text
    browser.press("Unblock Ben Vogel")
    assert (browser.path, "You have blocked nobody." in browser.text) == ("/safety/", True)
    Browser(ana).open(f"/members/{ben.pk}/")


def test_who_is_not_signed_in_is_asked_to(ana: Member) -> None:
    for path in ("/safety/", f"/safety/report/{ana.pk}/"):
        assert Browser().open(path).path.startswith("/accounts/login/")
