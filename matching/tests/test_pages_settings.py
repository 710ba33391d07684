"""The settings, in a browser without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Member, Profile
from accounts.vocabulary.models import UnknownSkill
from media.models import Photo
from media.tests.pictures import photo
from tests.browser import Browser
from tests.support import api, change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def profile_of(member: Member) -> Profile:
    return Profile.objects.get(member=member)


def test_every_setting_is_a_link_away(ana: Member) -> None:
    for link in ("Profile", "Photos", "Must-haves", "Account"):
        assert Browser(ana).open("/settings/").click(link).click("All settings").path == "/settings/"


# --- The profile ---


def test_saving_an_untouched_profile_changes_nothing(ana: Member) -> None:
    change(ana, links=["https://example.org/a"], languages=["en", "pt"], experience_level="senior")
    before = profile_of(ana).__dict__
    browser = Browser(ana).open("/settings/profile/").press("Save")
    assert "Your profile is saved." in browser.text
    after = profile_of(ana).__dict__
    assert {name for name in before if name != "_state" and before[name] != after[name]} == set()


def test_the_profile_is_saved_and_shown(ana: Member, ben: Member) -> None:
    Browser(ana).open("/settings/profile/").press(
        "Save", name="Ana  F.", headline="Calm <software>", bio="One.\r\nTwo.", field="Data Science", skills="py, Weaving",
        links="https://example.org/a https://example.org/b", hours_per_week="30", remote_only="on",
    )  # fmt: skip
    saved = profile_of(ana)
    assert (saved.name, saved.skills, saved.hours_per_week, saved.remote_only) == ("Ana F.", ["Python", "Weaving"], 30, True)
    assert saved.field is not None
    assert (saved.field.name, saved.links) == ("Data Science", ["https://example.org/a", "https://example.org/b"])
    assert saved.interests == ["climbing"]
    assert UnknownSkill.objects.get().name == "Weaving"
    assert "Calm &lt;software&gt;" in Browser(ben).open(f"/members/{ana.pk}/").answer.content.decode()


def test_what_is_emptied_is_cleared(ana: Member) -> None:
    empty = ("headline", "bio", "field", "role", "experience_level", "skills", "wanted_skills", "interests", "values", "work_styles",
             "languages", "hours_per_week", "country", "city", "timezone", "links")  # fmt: skip
    browser = Browser(ana).open("/settings/profile/").press("Save", **dict.fromkeys(empty, ""))
    saved = profile_of(ana)
    assert {name: getattr(saved, name) for name in empty if getattr(saved, name)} == {}
    assert (saved.hours_per_week, saved.field) == (None, None)
    assert browser.form_with("headline")["name"] == "Ana Ferreira"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "A"}, "at least 2 characters"),
        ({"headline": "x" * 121}, "at most 120 characters"),
        ({"links": "http://example.org"}, "https"),
        ({"hours_per_week": "169"}, "less than or equal to 168"),
        ({"skills": ", ".join(f"skill {n}" for n in range(31))}, "30"),
        ({"field": "Sorcery"}, "Select a valid choice"),
        ({"country": "XX"}, "Select a valid choice"),
        ({"timezone": "Mars/Olympus"}, "Select a valid choice"),
    ],
    ids=["name", "headline", "links", "hours", "skills", "field", "country", "timezone"],
)
def test_what_is_refused_is_named_kept_in_the_form_and_not_saved(given: dict[str, str], sentence: str, ana: Member) -> None:
    before = profile_of(ana).version
    browser = Browser(ana).open("/settings/profile/").press("Save", status=400, role="Weaver", **given)
    assert sentence in browser.text
    assert browser.form_with("role")["role"] == "Weaver"
    assert "birthdate" not in browser.form_with("role")  # it is known, and nobody is asked twice
    assert profile_of(ana).version == before


def test_hiding_takes_one_out_of_sight(ana: Member, ben: Member) -> None:
    Browser(ana).open("/settings/profile/").press("Save", visibility="hidden")
    Browser(ben).open(f"/members/{ana.pk}/", status=404)
    assert "You are not in the list yet" in Browser(ana).open("/discover/").text


# --- Photos ---


class TestPhotos:
    @pytest.fixture(autouse=True)
    def _own_folder(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def added(self, browser: Browser, alt: str) -> None:
        browser.open("/settings/photo/").press("Add it", file=SimpleUploadedFile("me.png", photo("PNG")), alt=alt)
        assert browser.path == "/settings/photo/"

    def alts(self) -> list[str]:
        rows = list(Photo.objects.order_by("position"))
        assert [row.position for row in rows] == list(range(len(rows)))
        return [row.alt for row in rows]

    def test_photos_are_added_described_put_first_and_deleted(self, ana: Member, committed: Callable[[], Any]) -> None:
        browser = Browser(ana)
        self.added(browser, "desk")
        self.added(browser, "boat")
        assert self.alts() == ["desk", "boat"]
        browser.press("Put it first")
        assert self.alts() == ["boat", "desk"]
        browser.press("Save", near="desk", alt="My desk")
        assert self.alts() == ["boat", "My desk"]
        url = browser.answer.context["photos"][0]["urls"]["page"]
        assert browser.client.get(url).status_code == 200
        with committed():
            browser.press("Delete", near="boat")
        assert self.alts() == ["My desk"]
        assert browser.client.get(url).status_code == 404

    def test_a_file_that_is_no_photo_is_refused_in_words(self, ana: Member) -> None:
        browser = Browser(ana).open("/settings/photo/")
        browser.press("Add it", status=400, file=SimpleUploadedFile("me.jpg", b"<svg/>"))
        assert "A photo is a JPEG, PNG or WebP file." in browser.text
        assert not Photo.objects.exists()

    def test_pressing_without_a_file_says_so_and_adds_nothing(self, ana: Member) -> None:
        browser = Browser(ana).open("/settings/photo/").press("Add it", status=400)
        assert "This field is required." in browser.text
        assert not Photo.objects.exists()

    def test_after_six_no_more_are_offered(self, ana: Member) -> None:
        browser = Browser(ana)
        for number in range(6):
            self.added(browser, str(number))
        assert "Add a photo" not in browser.text
        browser.client.handler.enforce_csrf_checks = False
        answer = browser.client.post("/settings/photo/", {"do": "upload", "file": SimpleUploadedFile("me.png", photo("PNG"))})
        assert answer.status_code == 400
        assert len(self.alts()) == 6

    def test_uploads_are_counted_together_with_those_of_the_api(self, ana: Member, settings: Any) -> None:
        settings.LIMITS_ENABLED = True
        browser = Browser(ana)
        self.added(browser, "desk")
        client = api(ana)
        answers = [client.post("/api/photos", {"file": SimpleUploadedFile("me.jpg", b"x")}, format="multipart") for _ in range(10)]
        assert [answer.status_code for answer in answers] == [415] * 9 + [429]
        browser.press("Add it", status=400, file=SimpleUploadedFile("me.png", photo("PNG")))
        assert "Too many requests" in browser.text
        assert self.alts() == ["desk"]

    @pytest.mark.parametrize("do", ["first", "alt", "delete"])
    def test_somebody_else_s_photo_is_out_of_reach(self, do: str, ana: Member, cleo: Member) -> None:
        self.added(Browser(ana), "mine")
        client = Browser(cleo).client
        client.handler.enforce_csrf_checks = False
        for wanted in (Photo.objects.get().pk, "nonsense", ""):
            assert client.post("/settings/photo/", {"do": do, "photo": wanted, "alt": "yours"}).status_code == 404
        assert self.alts() == ["mine"]


# --- Must-haves ---


def test_must_haves_are_saved_shown_again_and_obeyed(ana: Member, ben: Member, cleo: Member) -> None:
    browser = (
        Browser(ana)
        .open("/settings/must-haves/")
        .press("Save", countries="Germany, PT", remote="false", min_hours="10", languages="English", experience_min="mid")
    )
    assert "Your must-haves are saved." in browser.text
    kept = {"countries": ["DE", "PT"], "remote": False, "min_hours": 10, "languages": ["en"], "experience_min": "mid"}
    assert profile_of(ana).must_haves == kept
    browser.press("Save")
    assert profile_of(ana).must_haves == kept
    assert [row["member"]["name"] for row in api(ana).get("/api/discover").json()["results"]] == ["Ben Vogel"]
    browser.press("Clear all")
    assert profile_of(ana).must_haves == {}
    assert len(api(ana).get("/api/discover").json()["results"]) == 2


def test_what_only_the_api_can_demand_survives_the_page(ana: Member) -> None:
    api(ana).patch("/api/me", {"must_haves": {"fields": ["Graphic Design"], "min_hours": 5}})
    fields = profile_of(ana).must_haves["fields"]
    Browser(ana).open("/settings/must-haves/").press("Save", min_hours="6")
    assert profile_of(ana).must_haves == {"fields": fields, "min_hours": 6}


def test_clearing_does_not_stumble_over_what_was_typed(ana: Member) -> None:
    change(ana, must_haves={"min_hours": 5})
    Browser(ana).open("/settings/must-haves/").press("Clear all", min_hours="much")
    assert profile_of(ana).must_haves == {}


@pytest.mark.parametrize(
    "given", [{"min_hours": "169"}, {"min_hours": "much"}, {"countries": ["XX"]}, {"languages": "Klingon"}, {"experience_min": "wizard"}]
)
def test_a_demand_that_makes_no_sense_is_refused(given: dict[str, Any], ana: Member) -> None:
    browser = Browser(ana).open("/settings/must-haves/").press("Save", status=400, **given)
    assert browser.answer.context["form"].errors
    assert profile_of(ana).must_haves == {}
