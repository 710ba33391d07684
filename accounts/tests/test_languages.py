"""Languages are those that people speak, however they are written."""

import pytest
from django.utils import translation

from accounts import languages
from accounts.models import Member
from tests.browser import Browser
from tests.support import api, change, pointers


@pytest.mark.unit
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("pt", "pt"), ("PT", "pt"), ("por", "pt"), ("Portuguese", "pt"), ("  português ", "pt"), ("ＥＮ", "en"),
        ("Modern Greek", "el"), ("Mandarin", "zh"), ("cmn", "zh"), ("Cantonese", "yue"), ("yue", "yue"), ("Filipino", "fil"), ("Latin", "la"),
    ],
)  # fmt: skip
def test_a_language_has_one_code(written: str, code: str) -> None:
    assert languages.code_of(written) == code


@pytest.mark.unit
@pytest.mark.parametrize("word", ["", "xx", "Klingon", "tlh", "mul", "Python", "english!", "pt,en"])
def test_what_nobody_speaks_has_none(word: str) -> None:
    assert languages.code_of(word) is None


@pytest.mark.unit
def test_a_name_is_read_in_the_reader_s_language() -> None:
    assert languages.code_of("Prancis") is None
    with translation.override("id"):
        assert languages.code_of("Prancis") == "fr"


@pytest.mark.unit
def test_every_name_that_is_suggested_is_taken() -> None:
    for reader in ("en", "id"):
        with translation.override(reader):
            assert languages.codes(languages.names().values()) == list(languages.names())


@pytest.mark.integration
@pytest.mark.django_db
class TestProfiles:
    def test_names_become_codes_and_equal_ones_one(self, ana: Member) -> None:
        answer = api(ana).patch("/api/me", {"languages": ["English", "en", "DE"], "must_haves": {"languages": ["Deutsch"]}}).json()
        assert (answer["languages"], answer["must_haves"]) == (["en", "de"], {"languages": ["de"]})

    def test_what_was_kept_before_stays_until_it_is_edited(self, ana: Member) -> None:
        change(ana, languages=["Klingon", "English"])
        assert api(ana).patch("/api/me", {"headline": "Still here"}).json()["languages"] == ["Klingon", "English"]
        assert pointers(api(ana).patch("/api/me", {"languages": ["Klingon", "English"]})) == {"/languages/0": "unknown_language"}

    def test_a_page_says_beside_the_field_which_word_is_none(self, ana: Member) -> None:
        browser = Browser(ana).open("/settings/profile/").press("Save", status=400, languages="Portuguese, Klingon")
        assert browser.answer.context["form"].errors == {
            "languages": ["There is no language “Klingon”: give its ISO 639 code such as pt, or its English name."]
        }
