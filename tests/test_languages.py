"""Every sentence that members read is translated, and nothing that is shown goes around gettext."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from rest_framework.test import APIClient

from accounts.models import Member
from scripts.messages import compiled, entries
from tests.browser import Browser
from tests.factories import SwipeFactory

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "locale" / "id" / "LC_MESSAGES" / "django.po"
# The staff's site is in English.
STAFF = ("*/admin*", "templates/admin/*", "*/moderation/models.py", "*/curation/*", "templates/dev/*", "tests/*", "*/tests/*")
HOLES = re.compile(r"%\(\w+\)s|{\w+}|<[^>]+>")


def sources() -> dict[str, str]:
    return {key: value for key, value in entries(PO.read_text(encoding="utf-8")) if key}


@pytest.mark.unit
def test_nothing_is_left_untranslated_or_uncertain() -> None:
    assert [key for key, value in sources().items() if not value] == []
    assert "fuzzy" not in PO.read_text(encoding="utf-8")


@pytest.mark.unit
def test_what_is_filled_in_is_in_every_translation() -> None:
    wrong = [key for key, value in sources().items() if set(HOLES.findall(key.split("\0")[-1])) != set(HOLES.findall(value))]
    assert [key for key in wrong if key != "One recovery code is left.\0%(left)s recovery codes are left."] == []


@pytest.mark.unit
@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs the gettext tools; the other tests do not")
def test_no_sentence_in_the_source_is_missing(tmp_path: Path) -> None:
    shutil.copytree(PO.parents[1], tmp_path / "locale" / "id")
    words = ["makemessages", "-l", "id", "--no-location", "--no-obsolete", "-i", ".venv", "-i", "var", *(f"-i={name}" for name in STAFF)]
    for name in ("accounts", "alliv", "chat", "matching", "media", "ops", "templates"):
        (tmp_path / name).symlink_to(ROOT / name)
    subprocess.run([sys.executable, ROOT / "manage.py", *words, "--symlinks"], cwd=tmp_path, check=True, capture_output=True)
    there = dict(entries((tmp_path / "locale" / "id" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")))
    assert len(there) > 500
    assert {key for key in there if key and not sources().get(key)} == set()


# --- On the page ---


@pytest.mark.integration
@pytest.mark.django_db
def test_a_reader_chooses_the_language(ana: Member, ben: Member) -> None:
    browser = Browser(ana).open("/discover/")
    browser.press("Bahasa Indonesia")
    assert browser.path == "/discover/"
    assert '<html lang="id"' in browser.answer.content.decode()
    assert "Siapa yang cocok" in browser.text
    assert "Graphic Design" in browser.text  # what members say stays as it is
    assert "Who fits" in browser.press("English").text


@pytest.mark.integration
@pytest.mark.django_db
def test_a_browser_that_asks_for_it_gets_it() -> None:
    assert "Selamat datang kembali" in Browser(**{"accept-language": "id,en;q=0.5"}).open("/accounts/login/").text


@pytest.mark.integration
@pytest.mark.django_db
def test_the_api_gives_its_reasons_in_the_language_asked_for(ana: Member, ben: Member, client_of: Callable[[Member], APIClient]) -> None:
    texts = {
        language: [
            reason["text"]
            for reason in client_of(ana).get(f"/api/compatibility/{ben.pk}", headers={"Accept-Language": language}).json()["reasons"]
        ]
        for language in ("en", "id")
    }
    assert texts["en"]
    assert set(texts["en"]).isdisjoint(texts["id"])


class Words(HTMLParser):
    """What a page shows, and what it says to screen readers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style", "bdi", "code", "option", "kbd", "time", "textarea"}
        self.found += [value or "" for name, value in attributes if name in {"aria-label", "placeholder", "title"}]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style", "bdi", "code", "option", "kbd", "time", "textarea"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


@pytest.fixture
def _pseudo(settings: Any, tmp_path: Path) -> Any:
    """A language in which every translated sentence stands in brackets."""
    text = PO.read_text(encoding="utf-8")
    marked = re.sub(r'^(msgid(?:_plural)?) (".*"(?:\n".*")*)\nmsgstr(\[0\])? .*(?:\n".*")*', _bracketed, text, flags=re.M)
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(compiled(marked))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("xx", "Pseudo")]
    translation.trans_real._translations.pop("xx", None)
    with translation.override("xx"):
        yield
    translation.trans_real._translations.pop("xx", None)


def _bracketed(match: "re.Match[str]") -> str:
    source = match[2]
    if source == '""':
        return match[0]
    return f'{match[1]} {source}\nmsgstr{match[3] or ""} "⟦"\n{source}\n"⟧"'


@pytest.mark.integration
@pytest.mark.django_db
@pytest.mark.usefixtures("_pseudo")
@pytest.mark.parametrize("path", ["/discover/", "/invitations/", "/matches/", "/inbox/", "/nearby/", "/settings/", "/settings/profile/", "/settings/security/",
                                  "/settings/account/", "/settings/privacy/", "/settings/must-haves/", "/safety/", "/onboarding/", "/onboarding/?step=place"])  # fmt: skip
def test_nothing_that_is_shown_goes_around_gettext(path: str, ana: Member, ben: Member) -> None:
    SwipeFactory(actor=ben, target=ana, note=ben.profile.name)
    html = Browser(ana, **{"accept-language": "xx"}).open(path).answer.content.decode()
    people = {word for member in (ana, ben) for word in words_of(member)}
    bare = re.sub(r"⟦[^⟦⟧]*(?:⟦[^⟦⟧]*⟧[^⟦⟧]*)*⟧", "", " | ".join(Words(html).found))
    left = {word.strip() for word in re.split(r"[|·,\n]", bare) if re.search(r"[A-Za-z]{3}", word)}
    assert {word for word in left if word not in people} - {
        "Alliv",
        "English",
        "Pseudo",
        "Firefox on Linux",
        "Unknown app",
        "This computer",
        "Design + Development",
    } == set()


def words_of(member: Member) -> list[str]:
    profile = member.profile
    field = profile.field.name if profile.field else ""
    country = {"PT": "Portugal", "DE": "Germany"}.get(profile.country, "")
    return [
        profile.name,
        profile.headline,
        profile.role,
        profile.city,
        field,
        country,
        member.email,
        *profile.skills,
        *profile.wanted_skills,
    ]
