"""What is refused as a password, and what is not."""

from typing import Any

import pytest

from accounts.models import Member
from accounts.passwords import is_common, leaked, weaknesses
from tests.support import pointers

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "PassWord",
        "Password2026!",
        "dragon1234",
        "iloveyou!!",
        "Sunshine_99",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "trustno1",
        "Monkey 71",
        "ｐａｓｓｗｏｒｄ",
        "Ｐassword２０２６！",
        "pass\u200bword",
        "\ufeffpass\u2060word\u00a0",
        "p\u00adassword\ufe0f\u3164",
        "\u3000 iloveyou!! ",
    ],
)
def test_what_leaks_have_made_known_is_refused_and_so_is_what_is_much_like_it(password: str) -> None:
    assert weaknesses(password, "noor@example.org") == [
        "This password, or one much like it, is known from leaks of other sites. Choose another."
    ]


@pytest.mark.parametrize(
    "password",
    [
        "a calm harbour 71",
        "correct horse 42 battery",
        "пароль для гавани",
        "静かな港の鍵と言葉",
        "x7Kq-fw2!pLm",
        "one\ntwo\nthree",
        "😀🚲🌧️🏔️🎻🍊🧭🪁",
        "w " * 40,
    ],
)
def test_long_words_of_any_script_are_welcome(password: str) -> None:
    assert weaknesses(password, "noor@example.org") == []


def test_the_list_is_made_for_passwords_as_long_as_ours() -> None:
    words = leaked().decode().split("\n")[1:-1]
    assert sum(len(word) >= 8 for word in words) > 100_000
    assert min(map(len, words)) >= 4  # stems, refused with something behind them
    assert not is_common("")


@pytest.mark.django_db
def test_what_is_kept_is_the_password_as_it_was_typed(stranger: Any) -> None:
    odd = " ｃａｌｍ harbour\u200b 71 "
    stranger.post("/api/auth/register", {"email": "noor@example.org", "password": odd, "name": "Noor Haddad", "birthdate": "1991-04-02"})
    kept = Member.objects.get(email="noor@example.org")
    assert (kept.check_password(odd), kept.check_password("calm harbour 71")) == (True, False)


@pytest.mark.django_db
def test_the_api_says_it_at_the_password(stranger: Any) -> None:
    body = {"email": "noor@example.org", "password": "Summer2026!", "name": "Noor Haddad", "birthdate": "1991-04-02"}
    answer = stranger.post("/api/auth/register", body)
    assert pointers(answer) == {"/password": "weak_password"}
