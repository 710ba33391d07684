"""The small helpers of templates."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone, translation

from alliv.templatetags import page

pytestmark = pytest.mark.unit

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ana Ferreira", "AF"),
        ("Szűcs Hanna", "SH"),
        ("maya", "M"),
        ("Ana de la Cruz", "AC"),
        ("Łukasz", "Ł"),
        ("", ""),
        ("<b> *", ""),
        ("王 小明", "王小"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert page.initials(name) == letters


def test_a_member_keeps_the_same_of_the_few_tints_the_style_sheet_has() -> None:
    found = {page.tint(f"member {n}") for n in range(100)}
    assert found == set(range(page.TINTS))
    assert page.tint("ana") == page.tint("ana")
    assert all(f"--tint-{n}:" in TOKENS.read_text() for n in found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the same `client_id` again, or `q`", "the same <code>client_id</code> again, or <code>q</code>"),
        ("`<b>` & <i>", "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"),
        ("one ` alone", "one ` alone"),
    ],
)
def test_backticks_are_code(text: str, shown: str) -> None:
    assert page.ticked(text) == shown


@pytest.mark.parametrize("at", ["2026-01-05T23:30:00Z", datetime(2026, 1, 5, 23, 30, tzinfo=UTC)])
def test_a_moment_is_told_in_the_readers_zone(at: str | datetime) -> None:
    with timezone.override("Asia/Jakarta"):
        told = page.moment(at)
    assert told is not None
    assert told.isoformat() == "2026-01-06T06:30:00+07:00"


def test_places_and_languages_have_names_in_the_readers_language() -> None:
    assert (page.country("DE"), page.country("Narnia"), page.languages(["pt", "Klingon"])) == ("Germany", "Narnia", "Portuguese, Klingon")
    with translation.override("id"):
        assert (page.country("DE"), page.languages(["fr"])) == ("Jerman", "Prancis")
