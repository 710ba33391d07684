"""The mail about a match: to who is away, once, until they have had enough of it."""

from typing import Any

import pytest
from django.core import mail as post_office
from django.test import Client

from accounts import presence
from accounts.models import Member
from matching.match_mails import word_for
from ops import jobs
from ops.models import Mail
from tests.browser import Browser
from tests.factories import SwipeFactory
from tests.support import api, change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def match(first: Member, second: Member) -> None:
    """`first` has liked `second` and is away when the answer comes."""
    SwipeFactory(actor=first, target=second)
    assert api(second).post("/api/swipes", {"target": str(first.pk), "action": "like"}).json()["matched"] is True


def test_who_is_away_is_mailed_and_who_answers_is_not(ana: Member, ben: Member) -> None:
    match(ana, ben)
    mail = Mail.objects.get()
    assert (mail.to, mail.purpose, mail.subject) == (ana.email, "match", "You have a new match on Alliv")
    assert "Ben" not in mail.text + mail.html  # a mail may lie in a box for years


def test_a_match_that_ends_and_two_who_like_again_are_no_new_mail(ana: Member, ben: Member) -> None:
    match(ana, ben)
    [row] = api(ben).get("/api/matches").json()["results"]
    api(ben).delete(f"/api/matches/{row['id']}")
    api(ben).post("/api/swipes", {"target": str(ana.pk), "action": "like"})
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("shown", [True, False])
def test_who_is_here_sees_it_themselves_also_when_they_hide_it(shown: bool, ana: Member, ben: Member) -> None:
    change(ana, show_presence=shown)
    presence.touch([ana.pk])
    match(ana, ben)
    assert not Mail.objects.exists()


def test_it_can_be_switched_off(ana: Member, ben: Member) -> None:
    assert api(ana).get("/api/me").json()["match_mails"] is True
    assert api(ana).patch("/api/me", {"match_mails": False}).json()["match_mails"] is False
    presence.leave([ana.pk])
    match(ana, ben)
    assert not Mail.objects.exists()


def test_so_can_it_on_the_page_of_privacy(ana: Member) -> None:
    Browser(ana).open("/settings/privacy/").press("Save", match_mails=None)
    ana.profile.refresh_from_db()
    assert (ana.profile.match_mails, ana.profile.show_presence) == (False, True)


class TestStopping:
    @pytest.fixture
    def address(self, ana: Member) -> str:
        return f"/mails/matches/stop/{word_for(ana.pk)}/"

    def wants(self, member: Member) -> Any:
        member.profile.refresh_from_db()
        return member.profile.match_mails

    def test_mail_programs_find_the_address_in_its_headers(self, settings: Any, ana: Member, ben: Member) -> None:
        settings.PUBLIC_URL = "https://alliv.test"
        match(ana, ben)
        jobs.run_due()
        [sent] = post_office.outbox
        headers, body = sent.message(), str(sent.body)
        address = headers["List-Unsubscribe"].strip("<>")
        assert address.startswith("https://alliv.test/mails/matches/stop/")
        assert address in body
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert Mail.objects.get().unsubscribe == ""  # it is a key of a sort, and was used
        assert (
            Client(enforce_csrf_checks=True).post(address.removeprefix("https://alliv.test"), {"List-Unsubscribe": "One-Click"}).status_code
            == 200
        )
        assert self.wants(ana) is False

    def test_looking_at_it_changes_nothing(self, address: str, ana: Member) -> None:
        browser = Browser().open(address)
        assert self.wants(ana) is True
        assert "You get no more mails" in browser.press("No more of these mails").text
        assert self.wants(ana) is False

    def test_a_word_that_was_made_up_or_is_of_somebody_who_left_is_not_found(self, address: str, client: Client, ana: Member) -> None:
        paths = [address, address[:-3] + "xx/", "/mails/matches/stop/x/"]
        ana.delete()
        assert [client.post(path).status_code for path in paths] == [404] * 3
        assert client.get(address).status_code == 404
