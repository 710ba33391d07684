"""Mails are in the language of who reads them."""

from typing import Any

import pytest
from django.test import Client

from accounts import mails
from accounts.models import Member
from ops.models import Mail
from tests.browser import Browser
from tests.support import api, change, pointers

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOOR = {"email": "noor@example.org", "password": "a calm harbour 71", "name": "Noor Haddad", "birthdate": "1991-04-02"}
INDONESIAN, ENGLISH = "Kode Alliv Anda", "Your Alliv code"


def subject_for(member: Member) -> str:
    return mails.write("verify", member, code="123456").subject


def language_of(member: Member) -> Any:
    return api(member).get("/api/me").json()["mail_language"]


def sign_in(member: Member, **headers: str) -> Client:
    client = Client(headers=headers)
    client.post("/api/auth/login", {"email": member.email, "password": "correct horse 42 battery"}, content_type="application/json")
    return client


@pytest.mark.parametrize(("asked", "subject"), [("id,en;q=0.5", INDONESIAN), ("en", ENGLISH), ("fr", ENGLISH)])
def test_the_first_is_in_the_language_of_the_sign_up(asked: str, subject: str, client: Client) -> None:
    client.post("/api/auth/register", NOOR, content_type="application/json", headers={"accept-language": asked})
    mail = Mail.objects.get()
    assert mail.subject == subject
    assert f'<html lang="{"id" if subject == INDONESIAN else "en"}">' in mail.html


def test_it_is_the_readers_and_not_that_of_who_asked_for_it(ana: Member) -> None:
    change(ana, mail_language="id")
    Client().post("/api/auth/register", {**NOOR, "email": ana.email}, content_type="application/json", headers={"accept-language": "en"})
    assert "mencoba mendaftar dengan alamat ini" in Mail.objects.get().text


def test_a_sign_in_tells_it_once(ana: Member) -> None:
    assert (subject_for(ana), language_of(ana)) == (ENGLISH, "en")
    sign_in(ana, accept_language="id")
    assert (subject_for(ana), language_of(ana)) == (INDONESIAN, "id")
    sign_in(ana, accept_language="en")
    assert language_of(ana) == "id"


def test_a_device_that_is_new_does_not_choose_the_words_of_its_warning(ana: Member) -> None:
    change(ana, mail_language="id")
    sign_in(ana, user_agent="curl/8")
    sign_in(ana, user_agent="Firefox/130 (X11; Linux)", cookie="django_language=en")
    assert "Seseorang masuk ke akun Anda" in Mail.objects.get(purpose="new_sign_in").text
    assert language_of(ana) == "en"


def test_choosing_it_on_a_page_chooses_it_for_mails(ana: Member) -> None:
    browser = Browser(ana).open("/settings/")
    browser.press("Bahasa Indonesia")
    assert language_of(ana) == "id"
    browser.press("English")
    assert language_of(ana) == "en"


@pytest.mark.parametrize("chosen", ["de", "xx", "", "id\x00"])
def test_a_language_that_alliv_does_not_speak_is_nobodys(chosen: str, ana: Member) -> None:
    browser = Browser(ana)
    browser.client.handler.enforce_csrf_checks = False
    browser.client.post("/language/", {"language": chosen})
    assert language_of(ana) == "en"


def test_the_api_sets_it(ana: Member) -> None:
    assert api(ana).patch("/api/me", {"mail_language": "id"}).json()["mail_language"] == "id"
    assert api(ana).patch("/api/me", {"mail_language": None}).json()["mail_language"] == "en"
    assert pointers(api(ana).patch("/api/me", {"mail_language": "fr"})) == {"/mail_language": "invalid_choice"}
