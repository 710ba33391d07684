"""Facts are noted as things happen, and scores can be made anew from them at any time."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Member
from accounts.trust import selectors, services
from accounts.trust.models import Fact, Standing
from tests.factories import FactFactory, MemberFactory
from tests.support import api, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def kinds(member: Member) -> list[str]:
    return sorted(Fact.objects.filter(member=member).values_list("kind", flat=True))


def rebuilt(capsys: Any, *more: str) -> dict[str, Any]:
    call_command("rebuild_trust", "--json", *more)
    counts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return counts


def test_a_complete_verified_profile_is_noted_once() -> None:
    ana = MemberFactory()
    assert kinds(ana) == ["email_verified", "profile_completed"]
    api(ana).patch("/api/me", {"headline": ""})
    api(ana).patch("/api/me", {"headline": "Back again"})
    assert kinds(ana) == ["email_verified", "profile_completed"]


def test_an_unverified_member_has_nothing_to_show() -> None:
    assert kinds(MemberFactory(email_verified_at=None)) == []


def test_completing_a_profile_counts_when_it_happens() -> None:
    ana = MemberFactory(profile__headline="")
    assert kinds(ana) == ["email_verified"]
    api(ana).patch("/api/me", {"headline": "Builds calm software"})
    assert kinds(ana) == ["email_verified", "profile_completed"]


def test_age_makes_established(ana: Member) -> None:
    assert selectors.established([ana.pk]) == set()
    update(ana, joined_at=timezone.now() - timedelta(days=10, minutes=1))
    assert selectors.established([ana.pk]) == {ana.pk}


def test_the_same_fact_is_noted_once(ana: Member) -> None:
    for source in ("a", "a", "b"):
        services.note(Fact.Kind.WARNED, [ana.pk], source)
    assert kinds(ana).count("warned") == 2
    assert Standing.objects.get(member=ana).score == 5


def test_a_rebuild_finds_what_is_missing_and_then_nothing(ana: Member, ben: Member, capsys: Any) -> None:
    Fact.objects.all().delete()
    FactFactory(member=ben)
    assert rebuilt(capsys, "--dry-run") == {"members": 2, "facts": 4, "scores": 2, "dry_run": True}
    assert not Standing.objects.exists()
    assert rebuilt(capsys) == {"members": 2, "facts": 4, "scores": 2, "dry_run": False}
    assert Standing.objects.get(member=ana).score == 45
    assert Standing.objects.get(member=ben).score == 25
    assert rebuilt(capsys) == {"members": 2, "facts": 0, "scores": 0, "dry_run": False}


def test_a_rebuild_goes_batch_by_batch_and_says_nothing_unasked(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    MemberFactory.create_batch(5)
    call_command("rebuild_trust")
    assert capsys.readouterr() == ("", "")
    assert Standing.objects.count() == 5
