"""Signing up, signing in and looking after an account, in a browser without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import EmailCode, Member, Session
from accounts.tests.mails import last_code, wrong
from media.models import Photo
from media.tests.pictures import photo
from ops import devmail, jobs
from ops.models import Mail
from tests.browser import Browser
from tests.factories import PASSWORD, MemberFactory
from tests.support import api, update

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOOR = {"name": "Noor Haddad", "email": "noor@example.org", "password": "a calm harbour 71", "birthdate": "1991-04-02"}


def signed_up() -> Browser:
    return Browser().open("/").click("Join").press("Create my account", **NOOR)


def signed_in(member: Member, password: str = PASSWORD) -> Browser:
    return Browser().open("/accounts/login/").press("Log in", email=member.email, password=password)


def is_signed_in(browser: Browser) -> bool:
    return browser.client.get("/settings/").status_code == 200


# --- Signing up ---


def test_from_the_front_page_to_being_found(ben: Member, settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    settings.EMAIL_BACKEND = "ops.devmail.DevMailBackend"
    browser = signed_up()
    assert (browser.path, browser.form_with("code")["email"]) == ("/accounts/verify/", "noor@example.org")
    code = last_code()
    jobs.run_due()
    assert code in str(devmail.read(devmail.names()[0]).get_body(("plain",)))

    browser.press("Confirm", code=code)
    assert browser.path == "/onboarding/"
    browser.press("Save and go on", field="Graphic Design", skills="Figma,  js , Weaving", bio="I draw.", wanted_skills="Python")
    assert browser.path == "/onboarding/?step=place"
    browser.press("Save and go on", country="PT", hours_per_week="12", languages="pt, en")
    assert browser.path == "/onboarding/?step=photo"
    browser.press("Save and see who fits", file=SimpleUploadedFile("me.jpg", photo()), alt="Noor")
    assert browser.path == "/discover/"
    assert "Ben Vogel" in browser.text

    noor = Member.objects.get(email="noor@example.org").profile
    assert (noor.name, noor.skills, noor.country, noor.hours_per_week) == ("Noor Haddad", ["Figma", "JavaScript", "Weaving"], "PT", 12)
    assert Photo.objects.get().alt == "Noor"
    assert "Noor Haddad" in [row["member"]["name"] for row in api(ben).get("/api/discover").json()["results"]]


def test_every_step_may_be_skipped(ana: Member) -> None:
    browser = Browser(ana).open("/onboarding/").click("Skip").click("Skip").click("Later")
    assert browser.path == "/discover/"
    assert browser.open("/onboarding/?step=photo").click("One step back").path == "/onboarding/?step=place"
    assert browser.open("/onboarding/?step=nonsense").form_with("headline")["headline"] == "Builds calm software"


def test_a_photo_can_be_left_out_of_the_first_steps(ana: Member) -> None:
    assert Browser(ana).open("/onboarding/?step=photo").press("Save and see who fits").path == "/discover/"


def test_a_refused_photo_says_why_and_stays_on_the_step(ana: Member) -> None:
    browser = Browser(ana).open("/onboarding/?step=photo")
    browser.press("Save and see who fits", status=400, file=SimpleUploadedFile("me.jpg", b"no photo"))
    assert "A photo is a JPEG, PNG or WebP file." in browser.text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"password": "short"}, "This password is too short"),
        ({"birthdate": "2020-01-01"}, "Alliv is for people who are 18 or older."),
        ({"email": "noor"}, "Enter a valid email address."),
        ({"name": ""}, "This field is required."),
    ],
    ids=["password", "birthdate", "email", "name"],
)
def test_a_refused_sign_up_says_why_and_keeps_what_was_typed(wrong: dict[str, str], sentence: str) -> None:
    browser = Browser().open("/accounts/signup/").press("Create my account", status=400, **{**NOOR, **wrong})
    assert browser.text.count(sentence) == 1
    kept = browser.form_with("birthdate")
    assert kept["password"] == ""
    assert {name: kept[name] for name in ("name", "email") if name not in wrong}.items() <= NOOR.items()
    assert not Member.objects.exists()


def test_a_known_address_looks_like_a_new_one(ana: Member) -> None:
    browser = Browser().open("/accounts/signup/").press("Create my account", **{**NOOR, "email": ana.email})
    assert browser.path == "/accounts/verify/"
    assert Mail.objects.get().purpose == "known_address"


def test_a_wrong_code_can_be_corrected() -> None:
    browser = signed_up().press("Confirm", status=400, code=wrong(last_code()))
    assert not is_signed_in(browser)
    assert browser.press("Confirm", code=last_code()).path == "/onboarding/"


def test_another_code_can_be_asked_for() -> None:
    browser = signed_up()
    EmailCode.objects.all().delete()
    browser.press("send it again")
    assert (browser.path, "one is on its way" in browser.text) == ("/accounts/verify/", True)
    assert browser.press("Confirm", code=last_code()).path == "/onboarding/"


# --- Signing in and out ---


def test_signing_in_leads_to_where_one_wanted_to_go(ana: Member) -> None:
    browser = Browser().open("/settings/photo/?a=1")
    assert browser.path == "/accounts/login/?next=/settings/photo/%3Fa%3D1"
    assert browser.press("Log in", email="ANA@example.org", password=PASSWORD).path == "/settings/photo/?a=1"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(elsewhere: str, ana: Member) -> None:
    answer = Client().post("/accounts/login/", {"email": ana.email, "password": PASSWORD, "next": elsewhere})
    assert (answer.status_code, answer["Location"]) == (302, "/discover/")


def test_a_wrong_password_is_said_and_the_address_kept(ana: Member) -> None:
    browser = Browser().open("/accounts/login/").press("Log in", status=400, email=ana.email, password="wrong")
    assert "do not belong together" in browser.text
    assert (browser.form_with("email")["email"], browser.form_with("email")["password"]) == (ana.email, "")
    assert not Session.objects.exists()


def test_an_unverified_address_gets_a_code_first() -> None:
    member = MemberFactory(email_verified_at=None)
    browser = signed_in(member)
    assert (browser.path, "Verify your e-mail address first" in browser.text) == ("/accounts/verify/", True)
    assert browser.press("Confirm", code=last_code()).path == "/onboarding/"


def test_a_suspended_member_is_told_and_stays_out(ana: Member) -> None:
    update(ana, suspended_at=timezone.now())
    browser = Browser().open("/accounts/login/").press("Log in", status=400, email=ana.email, password=PASSWORD)
    assert "This account is suspended." in browser.text


def test_who_is_signed_in_is_not_asked_again(ana: Member) -> None:
    browser = Browser(ana)
    assert {browser.open(path).path for path in ("/", "/accounts/login/", "/accounts/signup/")} == {"/discover/"}


def test_logging_out_ends_the_session(ana: Member) -> None:
    browser = signed_in(ana).press("Log out")
    assert (browser.path, is_signed_in(browser)) == ("/", False)
    assert Session.objects.get().ended_at is not None


def test_a_new_password_by_mail_signs_in_here_and_out_everywhere_else(ana: Member) -> None:
    elsewhere = signed_in(ana)
    browser = Browser().open("/accounts/reset/")
    browser.press("Send the digits", email=ana.email)
    assert browser.path == "/accounts/reset/confirm/"
    browser.press("Save and log in", status=400, code=wrong(last_code()), password="a calm harbour 71")
    browser.press("Save and log in", code=last_code(), password="a calm harbour 71")
    assert (browser.path, is_signed_in(browser), is_signed_in(elsewhere)) == ("/discover/", True, False)
    assert is_signed_in(signed_in(ana, "a calm harbour 71"))


def test_an_unknown_address_resets_nothing_and_nobody_learns_it() -> None:
    answer = Client().post("/accounts/reset/", {"email": "nobody@example.org"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/reset/confirm/")
    assert not Mail.objects.exists()


# --- The account ---


def test_changing_the_password_keeps_this_browser_and_ends_the_others(ana: Member) -> None:
    here, elsewhere = signed_in(ana), signed_in(ana)
    here.open("/settings/security/").press("Change it", old=PASSWORD, new="a calm harbour 71")
    assert "Your new password counts from now on." in here.text
    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, False)
    ana.refresh_from_db()
    assert ana.check_password("a calm harbour 71")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("wrong", "a calm harbour 71", "This is not your password."),
        (PASSWORD, "short", "too short"),
        (PASSWORD, "ana@example.org", "too similar"),
    ],
    ids=["wrong password", "short", "similar"],
)
def test_a_refused_password_changes_nothing(old: str, new: str, sentence: str, ana: Member) -> None:
    here, elsewhere = signed_in(ana), signed_in(ana)
    here.open("/settings/security/").press("Change it", status=400, old=old, new=new)
    assert sentence in here.text
    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, True)
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


def test_one_session_can_be_ended(ana: Member) -> None:
    here, elsewhere, phone = signed_in(ana), signed_in(ana), api(ana)
    here.open("/settings/security/")
    assert here.text.count("this one") == 1
    session = elsewhere.client.session["alliv_session"]
    here.press("Log out", near=session)
    assert (here.path, is_signed_in(here), is_signed_in(elsewhere)) == ("/settings/security/", True, False)
    assert phone.get("/api/me").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(ana: Member, cleo: Member) -> None:
    here, other = signed_in(ana), signed_in(cleo)
    here.client.handler.enforce_csrf_checks = False  # nobody offers a button for this
    for session in (other.client.session["alliv_session"], "nonsense", ""):
        here.client.post("/settings/security/", {"do": "end_session", "session": session})
    assert is_signed_in(other)


def test_logging_out_everywhere_means_here_too(ana: Member) -> None:
    here, elsewhere, phone = signed_in(ana), signed_in(ana), api(ana)
    here.open("/settings/security/").press("Log out everywhere")
    assert here.path == "/accounts/login/"
    assert not {is_signed_in(here), is_signed_in(elsewhere), phone.get("/api/me").status_code == 200} & {True}


def test_leaving_needs_the_password_and_is_final(ana: Member, ben: Member, committed: Callable[[], Any]) -> None:
    here = signed_in(ana)
    here.open("/settings/account/").press("Delete my account", status=400, password="wrong")
    assert "This is not your password." in here.text
    assert is_signed_in(here)
    with committed():
        here.open("/settings/account/").press("Delete my account", password=PASSWORD)
    assert (here.path, is_signed_in(here)) == ("/", False)
    assert list(Member.objects.all()) == [ben]


# --- The theme ---


def test_the_theme_is_kept_in_a_cookie(ana: Member) -> None:
    client = Client()
    for wanted, kept in (("dark", "dark"), ("light", "light"), ("auto", "auto"), ("'><script>", "auto")):
        answer = client.post("/theme/", {"theme": wanted}, headers={"referer": "http://testserver/accounts/login/"})
        assert (answer.status_code, answer["Location"]) == (302, "http://testserver/accounts/login/")
        assert f'data-theme="{kept}"' in client.get("/accounts/login/").content.decode()
    assert client.post("/theme/", {"theme": "dark"}, headers={"referer": "https://evil.example/"})["Location"] == "/"
