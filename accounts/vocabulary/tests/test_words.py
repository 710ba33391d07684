"""When two spellings are one word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.vocabulary.words import canonical, tidy, visible

pytestmark = pytest.mark.unit


@given(st.text())
def test_the_canonical_form_is_final(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.text())
def test_tidying_changes_no_meaning(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert canonical(tidy(text)) == canonical(text)


@pytest.mark.parametrize("spelling", ["UI/UX", " ui/ux ", "ＵＩ／ＵＸ", "Ui/Ux\n"])
def test_these_are_one_word(spelling: str) -> None:
    assert canonical(spelling) == "ui/ux"


@pytest.mark.parametrize(("text", "kept"), [("  Ana \u3000 Maria ", "Ana Maria"), ("ﬁne", "fine"), ("Straße", "Straße"), ("\t", "")])
def test_tidying(text: str, kept: str) -> None:
    assert tidy(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [("A\u200bna", "Ana"), ("\u202egro.live", "gro.live"), ("\u200d\u200c", ""), ("می\u200cخواهم", "می\u200cخواهم"), ("Ana", "Ana")],
)
def test_what_is_seen_of_a_name(text: str, kept: str) -> None:
    assert visible(text) == kept
