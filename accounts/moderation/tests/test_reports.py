"""Telling staff about somebody, as Ana about Ben."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Block, Member
from accounts.moderation.models import Report
from ops import limits
from tests.factories import BlockFactory, MatchFactory, MemberFactory, PhotoFactory, ReportFactory
from tests.support import api, change, pointers, race, refused, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

DETAILS = "Sends the same advertisement to everybody."


def report(reporter: Member, subject: Any, **more: Any) -> Any:
    body = {"subject": str(getattr(subject, "pk", subject)), "reason": "spam", "details": DETAILS, **more}
    return api(reporter).post("/api/reports", body)


def test_a_report_keeps_what_was_said_and_what_there_was_to_see(ana: Member, ben: Member) -> None:
    photo = PhotoFactory(member=ben, alt="An advertisement")
    answer = report(ana, ben, context={"room": "the one of today"})
    assert answer.status_code == 201, answer.json()
    row = answer.json()
    assert set(row) == {"id", "subject", "reason", "details", "context", "status", "created_at"}
    assert (row["subject"], row["reason"], row["status"], row["context"]) == (str(ben.pk), "spam", "open", {"room": "the one of today"})
    change(ben, name="Nobody at all", bio="")
    kept = Report.objects.get()
    assert (kept.reporter, kept.subject, kept.evidence["name"]) == (ana, ben, "Ben Vogel")
    assert kept.evidence["photos"] == [{"id": str(photo.pk), "alt": "An advertisement"}]
    assert not {"email", "birthdate", "distance_band", "online", "last_seen", "cell"} & set(kept.evidence)


def test_one_report_can_be_open_about_the_same_member(ana: Member, ben: Member, cleo: Member) -> None:
    assert report(ana, ben).status_code == 201
    refused(report(ana, ben, reason="fake"), 409, "already_reported")
    assert report(cleo, ben).status_code == 201
    Report.objects.filter(reporter=ana).update(status="dismissed")
    assert report(ana, ben).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_two_reports_at_once_one_is_open() -> None:
    ana, ben = MemberFactory(), MemberFactory()
    answers = race(*[partial(report, ana, ben)] * 2)
    assert sorted(answer.status_code for answer in answers) == [201, 409]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"reason": "boredom"}, {"/reason": "invalid_choice"}),
        ({"details": "Too short."}, {"/details": "min_length"}),
        ({"details": "x" * 1001}, {"/details": "max_length"}),
        ({"details": None}, {"/details": "null"}),
        ({"subject": "Ben"}, {"/subject": "invalid"}),
        ({"context": "x" * 2000}, {"/context": "max_length"}),
        ({"context": "\u0000"}, {"/context": "null_characters_not_allowed"}),
        ({"evidence": {}}, {"/evidence": "unknown_field"}),
    ],
)
def test_what_cannot_be_a_report_says_why(body: dict[str, Any], errors: dict[str, str], ana: Member, ben: Member) -> None:
    sent = {"subject": str(ben.pk), "reason": "spam", "details": DETAILS, **body}
    assert pointers(api(ana).post("/api/reports", sent)) == errors
    assert not Report.objects.exists()


def test_a_number_beyond_numbers_is_no_context(ana: Member, ben: Member) -> None:
    raw = f'{{"subject": "{ben.pk}", "reason": "spam", "details": "{DETAILS}", "context": 1e999}}'
    answer = api(ana).generic("POST", "/api/reports", raw, content_type="application/json")
    assert pointers(answer) == {"/context": "invalid"}


def test_nobody_reports_themselves(ana: Member) -> None:
    assert pointers(report(ana, ana)) == {"/subject": "invalid"}


def test_the_unverified_and_strangers_report_nobody(ben: Member, stranger: Any) -> None:
    refused(report(MemberFactory(email_verified_at=None), ben), 403, "email_not_verified")
    refused(stranger.post("/api/reports", {}), 401, "not_authenticated")


LIKE_NOBODY: dict[str, Callable[[Member, Member], Any]] = {
    "hidden": lambda ana, ben: change(ben, visibility="hidden"),
    "for matches only": lambda ana, ben: change(ben, visibility="matches"),
    "suspended": lambda ana, ben: update(ben, suspended_at=timezone.now()),
    "unverified": lambda ana, ben: update(ben, email_verified_at=None),
    "blocking": lambda ana, ben: BlockFactory(blocker=ben, blocked=ana),
    "suspended and blocked": lambda ana, ben: (BlockFactory(blocker=ana, blocked=ben), update(ben, suspended_at=timezone.now())),
    "once a match, blocking": lambda ana, ben: (MatchFactory(member_a=ana, member_b=ben), accounts.block(ben, ana.pk)),
}


@pytest.mark.parametrize("how", LIKE_NOBODY)
def test_who_is_like_nobody_can_neither_be_reported_nor_blocked(how: str, ana: Member, ben: Member) -> None:
    LIKE_NOBODY[how](ana, ben)
    for subject in (ben.pk, uuid4()):
        bodies = [
            refused(report(ana, subject), 404, "not_found"),
            refused(api(ana).post("/api/blocks", {"member": str(subject)}), 404, "not_found"),
        ]
        assert {body["detail"] for body in bodies} == {"There is nothing here."}
    assert not Report.objects.exists()
    assert not Block.objects.filter(blocker=ana).exclude(blocked=ben).exists()


WITHIN_REACH: dict[str, Callable[[Member, Member], Any]] = {
    "public": lambda ana, ben: None,
    "blocked by oneself": lambda ana, ben: BlockFactory(blocker=ana, blocked=ben),
    "a match that hides now": lambda ana, ben: (MatchFactory(member_a=ana, member_b=ben), change(ben, visibility="hidden")),
    "a match for matches only": lambda ana, ben: (MatchFactory(member_a=ana, member_b=ben), change(ben, visibility="matches")),
}


@pytest.mark.parametrize("how", WITHIN_REACH)
def test_whom_one_knows_can_be_reported_and_blocked(how: str, ana: Member, ben: Member) -> None:
    WITHIN_REACH[how](ana, ben)
    assert report(ana, ben).status_code == 201
    assert api(ana).post("/api/blocks", {"member": str(ben.pk)}).status_code == 201


def test_reporting_is_limited(ana: Member, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LIMITS_ENABLED = True
    monkeypatch.setitem(limits.RULES, "reports", limits.Rule(2, 3600))
    people = MemberFactory.create_batch(3)
    assert [report(ana, other).status_code for other in people] == [201, 201, 429]


def test_who_leaves_takes_their_words_along(ana: Member, ben: Member) -> None:
    ReportFactory(reporter=ana, subject=ben, context={"room": 1})
    accounts.erase_member(ana)
    kept = Report.objects.get()
    assert (kept.reporter, kept.details, kept.context) == (None, "", None)
    accounts.erase_member(ben)
    assert not Report.objects.exists()
