"""Discover through the API: who is shown, who never is, what filters ask for, and how fresh it is."""

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from accounts.places import cell_of
from accounts.vocabulary.models import Skill
from matching import matrix
from matching.ranking import search
from tests.factories import BlockFactory, EmbeddingFactory, MatchFactory, MemberFactory, PhotoFactory, PresenceFactory, SwipeFactory, field
from tests.support import announce, api, change, pointers, refused, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def shown(viewer: Member, **query: Any) -> list[str]:
    """First names in the order of the page."""
    answer = api(viewer).get("/api/discover", query)
    assert answer.status_code == 200, answer.json()
    return [row["member"]["name"].split()[0] for row in answer.json()["results"]]


def is_shown(viewer: Member, member: Member, **query: Any) -> bool:
    return member.profile.name.split()[0] in shown(viewer, **query)


def test_the_best_comes_first(ana: Member, ben: Member, cleo: Member) -> None:
    assert shown(ana) == ["Ben", "Cleo"]


def test_a_card_says_who_why_and_how_sure(ana: Member, ben: Member) -> None:
    row = api(ana).get("/api/discover").json()["results"][0]
    assert set(row) == {"member", "score", "confidence", "explanation", "boosts", "reasons", "matrix_version"}
    assert set(row["member"]) == {
        "id", "name", "headline", "field", "role", "skills", "photo", "country", "city", "distance_band", "online",
    }  # fmt: skip
    assert [part["factor"] for part in row["explanation"]] == [
        "field", "skills", "experience", "availability", "location", "values", "semantic",
    ]  # fmt: skip
    assert row["matrix_version"] == 1
    points = sum(part["points"] for part in row["explanation"] + row["boosts"])
    assert points == pytest.approx(row["score"], abs=0.05)


def test_a_viewer_who_is_not_listed_still_sees_others(sam: Member, ben: Member) -> None:
    assert shown(sam) == ["Ben"]


# --- Never shown ---

HIDE: dict[str, Callable[[Member, Member], Any]] = {
    "swiped on": lambda ana, ben: SwipeFactory(actor=ana, target=ben, action="pass"),
    "matched": lambda ana, ben: MatchFactory(member_a=ana, member_b=ben),
    "matched once": lambda ana, ben: MatchFactory(member_a=ana, member_b=ben, ended_at=timezone.now()),
    "blocked": lambda ana, ben: BlockFactory(blocker=ana, blocked=ben),
    "blocked by them": lambda ana, ben: BlockFactory(blocker=ben, blocked=ana),
    "suspended for good": lambda ana, ben: update(ben, suspended_at=timezone.now()),
    "suspended for a while": lambda ana, ben: update(ben, suspended_at=timezone.now(), suspended_until=timezone.now() + timedelta(hours=1)),
    "closed": lambda ana, ben: update(ben, is_active=False),
    "unverified": lambda ana, ben: update(ben, email_verified_at=None),
    "hidden": lambda ana, ben: change(ben, visibility="hidden"),
    "for matches only": lambda ana, ben: change(ben, visibility="matches"),
    "without a field": lambda ana, ben: change(ben, field=None),
    "without a skill": lambda ana, ben: change(ben, skills=[]),
    "demanding more hours than the viewer has": lambda ana, ben: change(ben, must_haves={"min_hours": 21}),
    "not what the viewer demands": lambda ana, ben: change(ana, must_haves={"countries": ["PT"]}),
}


@pytest.mark.parametrize("hide", HIDE.values(), ids=HIDE)
def test_never_shown(hide: Callable[[Member, Member], Any], ana: Member, ben: Member, cleo: Member) -> None:
    assert is_shown(ana, ben)
    hide(ana, ben)
    assert not is_shown(ana, ben)


def test_nobody_is_shown_to_themselves(ana: Member) -> None:
    assert shown(ana) == []


@pytest.mark.parametrize("action", ["like", "pass"])
def test_an_undone_swipe_brings_somebody_back(action: str, ana: Member, ben: Member) -> None:
    client = api(ana)
    client.post("/api/swipes", {"target": str(ben.pk), "action": action})
    assert not is_shown(ana, ben)
    assert client.delete(f"/api/swipes/{ben.pk}").status_code == 204
    assert is_shown(ana, ben)


def test_a_suspension_runs_out_by_itself(ana: Member, ben: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    update(ben, suspended_at=timezone.now(), suspended_until=timezone.now() + timedelta(hours=1))
    assert not is_shown(ana, ben)
    later = time.time() + 3601
    monkeypatch.setattr(search, "time", SimpleNamespace(time=lambda: later))
    assert is_shown(ana, ben)


def test_being_liked_does_not_hide_anybody(ana: Member, ben: Member) -> None:
    SwipeFactory(actor=ben, target=ana)
    assert is_shown(ana, ben)


# --- Must-haves hold both ways ---


@pytest.mark.parametrize(
    ("demand", "met"),
    [
        ({"countries": ["PT", "DE"]}, True),
        ({"countries": ["PT"]}, False),
        ({"remote": False}, True),
        ({"remote": True}, False),
        ({"experience_min": "senior"}, True),
        ({"experience_min": "expert"}, False),
        ({"experience_max": "mid"}, False),
        ({"fields": ["graphic-design"]}, True),
        ({"fields": ["law"]}, False),
        ({"min_hours": 20}, True),
        ({"min_hours": 21}, False),
        ({"languages": ["EN"]}, True),
        ({"languages": ["id"]}, False),
        ({"countries": ["DE"], "min_hours": 21}, False),
    ],
)
def test_a_demand_hides_both_from_one_another(demand: dict[str, Any], met: bool, ana: Member, ben: Member) -> None:
    assert api(ana).patch("/api/me", {"must_haves": demand}).status_code == 200
    assert is_shown(ana, ben) is met
    assert is_shown(ben, ana) is met


def test_what_is_unknown_satisfies_no_demand(ana: Member, ben: Member) -> None:
    change(ana, must_haves={"experience_max": "mentor"})
    change(ben, experience_level="")
    assert not is_shown(ana, ben)


def test_profiles_stay_reachable_whatever_is_demanded(ana: Member, ben: Member) -> None:
    change(ana, must_haves={"countries": ["FR"]})
    assert api(ana).get(f"/api/profiles/{ben.pk}").status_code == 200


# --- Filters: Ben is a senior designer in Berlin with 20 hours, Figma, Prototyping and React, who looks for backend people ---


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ({"field": "Graphic Design"}, True),
        ({"field": ["law", "graphic-design"]}, True),
        ({"field": "Law"}, False),
        ({"skills": "figma"}, True),
        ({"skills": "ReactJS"}, True),
        ({"skills": "Frontend"}, True),  # a category by any skill of it
        ({"skills": ["Figma", "Python"]}, True),
        ({"skills": ["Figma", "Python"], "skills_mode": "all"}, False),
        ({"skills": ["Figma", "React"], "skills_mode": "all"}, True),
        ({"skills": "Underwater Welding"}, False),
        ({"wanted_by_them": "true"}, True),
        ({"experience_min": "senior", "experience_max": "senior"}, True),
        ({"experience_min": "expert"}, False),
        ({"experience_max": "mid"}, False),
        ({"min_hours": 20}, True),
        ({"min_hours": 21}, False),
        ({"remote": "true"}, False),
        ({"remote": "false"}, True),
        ({"country": ["pt", "DE"]}, True),
        ({"country": "PT"}, False),
        ({"within_km": 2500}, True),
        ({"within_km": 2000}, False),  # Lisbon to Berlin is some 2310 km
        ({"language": "En"}, True),
        ({"language": "English"}, True),
        ({"language": "fr"}, False),
        ({"online": "true"}, False),
        ({"has_photo": "true"}, False),
        ({"min_score": 100}, False),
    ],
)
def test_a_filter(query: dict[str, Any], there: bool, ana: Member, ben: Member) -> None:
    assert is_shown(ana, ben, **query) is there


def test_wanted_by_them_leaves_out_who_looks_for_something_else(ana: Member, cleo: Member) -> None:
    assert not is_shown(ana, cleo, wanted_by_them="true")


def test_online_now(ana: Member, ben: Member, cleo: Member) -> None:
    PresenceFactory(member=ben)
    PresenceFactory(member=cleo, online_until=timezone.now() - timedelta(seconds=1))
    assert shown(ana, online="true") == ["Ben"]


def test_with_a_photo_that_is_ready(ana: Member, ben: Member, cleo: Member) -> None:
    PhotoFactory(member=ben)
    PhotoFactory(member=cleo, status="hidden")
    announce(ben, cleo)
    assert shown(ana, has_photo="true") == ["Ben"]


def test_without_a_place_of_one_s_own_nobody_is_near(ana: Member, ben: Member) -> None:
    change(ana, cell="")
    assert not is_shown(ana, ben, within_km=25_000)


def test_the_same_cell_is_within_any_distance(ana: Member, ben: Member) -> None:
    change(ben, cell=cell_of(38.72, -9.14))
    assert is_shown(ana, ben, within_km=0)


@pytest.mark.parametrize(("more", "there"), [(-0.1, True), (0.0, True), (0.04, False), (0.1, False)])
def test_the_least_score_is_compared_with_what_is_shown(more: float, there: bool, ana: Member, ben: Member) -> None:
    score = api(ana).get("/api/discover").json()["results"][0]["score"]
    assert is_shown(ana, ben, min_score=score + more) is there


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"colour": "red"}, {"/colour": "unknown_field"}),
        ({"field": "Alchemy"}, {"/field": "unknown_field_name"}),
        ({"skills_mode": "some"}, {"/skills_mode": "invalid_choice"}),
        ({"experience_min": "wizard"}, {"/experience_min": "invalid_choice"}),
        ({"min_hours": "169"}, {"/min_hours": "max_value"}),
        ({"country": "Portugal"}, {"/country/0": "unknown_country"}),
        ({"country": "XX"}, {"/country/0": "unknown_country"}),
        ({"language": ["en", "xx"]}, {"/language/1": "unknown_language"}),
        ({"within_km": "nan"}, {"/within_km": "invalid"}),
        ({"within_km": "1e999"}, {"/within_km": "invalid"}),
        ({"min_score": "101"}, {"/min_score": "max_value"}),
        ({"limit": "0"}, {"/limit": "min_value"}),
        ({"limit": "101"}, {"/limit": "max_value"}),
        ({"online": "maybe"}, {"/online": "invalid"}),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(query: dict[str, Any], code: dict[str, str], ana: Member) -> None:
    assert pointers(api(ana).get("/api/discover", query)) == code


# --- Pages ---


def test_links_lead_through_everybody_and_back(ana: Member) -> None:
    made = {str(MemberFactory().pk) for _ in range(5)}
    client = api(ana)
    first = client.get("/api/discover", {"limit": 2, "country": "PT"}).json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert third["next"] is None
    assert first["previous"] is None
    ids = [row["member"]["id"] for page in (first, second, third) for row in page["results"]]
    assert (len(ids), set(ids)) == (5, made)
    assert client.get(second["previous"]).json()["results"] == first["results"]
    assert client.get(third["previous"]).json()["results"] == second["results"]
    assert "country=PT" in first["next"]


@pytest.mark.parametrize("cursor", ["x", "%00", "eyJhIjoxfQ:1abc:def", "é"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str, ana: Member) -> None:
    assert pointers(api(ana).get("/api/discover", {"cursor": cursor})) == {"/cursor": "invalid"}


@pytest.mark.parametrize("there", ["/api/skills", "/api/invitations"])
@pytest.mark.parametrize("here", ["/api/discover", "/api/skills", "/api/invitations", "/discover/", "/nearby/"])
def test_the_cursor_of_another_list_is_refused(there: str, here: str, ana: Member, ben: Member, cleo: Member) -> None:
    for liker in (ben, cleo):
        SwipeFactory(actor=liker, target=ana, action="super_like")
    client, browser = api(ana), Client()
    browser.force_login(ana)
    change(ana, cell=cell_of(38.72, -9.14))
    following = client.get(there, {"limit": 1}).json()["next"]
    wanted = following.replace(there, here)
    if here.startswith("/api/"):
        answer = client.get(wanted)
        assert answer.status_code == 200 if here == there else pointers(answer) == {"/cursor": "invalid"}
    else:
        assert browser.get(wanted).status_code == 400


# --- Fresh: what is committed shows in the next request ---


def test_an_edited_profile(ana: Member, ben: Member) -> None:
    client = api(ana)
    before = client.get("/api/discover").json()["results"][0]
    api(ben).patch("/api/me", {"hours_per_week": 1, "headline": "Something new"})
    after = client.get("/api/discover").json()["results"][0]
    assert after["score"] < before["score"]
    assert after["member"]["headline"] == "Something new"


def test_an_edited_matrix(ana: Member, ben: Member, sam: Member) -> None:
    client = api(ana)
    before = client.get("/api/discover").json()["results"][0]
    python, figma = (Skill.objects.get(name=name) for name in ("Python", "Figma"))
    matrix.set_skill_pair(actor=sam, skill_a=python, skill_b=figma, score=1.0)
    after = client.get("/api/discover").json()["results"][0]
    assert after["matrix_version"] == before["matrix_version"] + 1
    assert after["score"] > before["score"]


def test_a_new_member(ana: Member) -> None:
    assert shown(ana) == []
    newcomer = MemberFactory(email_verified_at=None, profile__name="Noor Haddad")
    assert not is_shown(ana, newcomer)
    update(newcomer, email_verified_at=timezone.now())
    assert shown(ana) == ["Noor"]


def test_a_member_who_left(ana: Member, ben: Member, cleo: Member) -> None:
    assert is_shown(ana, ben)
    assert api(ben).delete("/api/me", {"password": "correct horse 42 battery"}).status_code == 204
    assert shown(ana, limit=1) == ["Cleo"]


def test_a_renamed_skill_and_an_accepted_one(ana: Member, ben: Member) -> None:
    change(ben, skills=["Underwater Welding"])
    assert not is_shown(ana, ben, skills="Underwater Welding")
    Skill.objects.create(name="Underwater Welding")
    assert is_shown(ana, ben, skills="Underwater Welding")


def test_text_counts_when_both_have_a_vector(ana: Member, ben: Member) -> None:
    for member in (ana, ben):
        EmbeddingFactory(member=member)
    announce(ana, ben)
    row = api(ana).get("/api/discover").json()["results"][0]
    assert next(part["value"] for part in row["explanation"] if part["factor"] == "semantic") == 1.0


# --- The door ---


def test_an_unverified_member_is_told_so(ana: Member) -> None:
    client = api(ana)
    update(ana, email_verified_at=None)
    refused(client.get("/api/discover"), 403, "email_not_verified")


def test_staff_who_type_a_week_of_200_hours_break_nothing(ana: Member, ben: Member) -> None:
    change(ben, hours_per_week=200)
    assert is_shown(ana, ben)
    change(ana, hours_per_week=32_000)
    assert is_shown(ana, ben)


def test_a_field_that_staff_deleted_leaves_its_members_unlisted(ana: Member, ben: Member) -> None:
    change(ben, field=field("Law"))
    assert is_shown(ana, ben)
    field("Law").delete()
    announce(ben)
    assert not is_shown(ana, ben)
