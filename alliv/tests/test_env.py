"""Settings are read from the environment with a type, or refused by name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from alliv import env

pytestmark = pytest.mark.unit


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """`given("1")` sets X; None takes it away."""

    def set_x(value: str | None) -> None:
        monkeypatch.delenv("X", raising=False)
        if value is not None:
            monkeypatch.setenv("X", value)

    return set_x


def refusal(read: Callable[[], Any]) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read()
    return str(caught.value)


@pytest.mark.parametrize(("value", "read"), [(None, "d"), ("", "d"), ("  ", "d"), (" a b ", "a b")])
def test_text(value: str | None, read: str, given: Any) -> None:
    given(value)
    assert env.text("X", "d") == read


@pytest.mark.parametrize(
    ("value", "read"), [(None, True), ("", True), ("1", True), ("YES", True), ("on", True), ("0", False), ("False", False), ("off", False)]
)
def test_flag(value: str | None, read: bool, given: Any) -> None:
    given(value)
    assert env.flag("X", default=True) is read


@pytest.mark.parametrize("value", ["2", "ja", "truee"])
def test_what_is_no_flag_is_refused(value: str, given: Any) -> None:
    given(value)
    assert refusal(lambda: env.flag("X", default=True)) == f"X is '{value}'; it must be 1 or 0."


@pytest.mark.parametrize(("value", "read"), [(None, 7), ("", 7), ("1", 1), (" 10 ", 10)])
def test_number(value: str | None, read: int, given: Any) -> None:
    given(value)
    assert env.number("X", 7, minimum=1, maximum=10) == read


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "between 1 and 10"), ("11", "between 1 and 10"), ("1.5", "a whole number"), ("x", "a whole number")]
)
def test_what_is_no_such_number_is_refused(value: str, expected: str, given: Any) -> None:
    given(value)
    assert refusal(lambda: env.number("X", 7, minimum=1, maximum=10)) == f"X is '{value}'; it must be {expected}."


def test_choice(given: Any) -> None:
    given(None)
    assert env.choice("X", "b", ["b", "a"]) == "b"
    given("c")
    assert refusal(lambda: env.choice("X", "b", ["b", "a"])) == "X is 'c'; it must be one of a, b."


@pytest.mark.parametrize(("value", "read"), [(None, ["d"]), ("a, b,,", ["a", "b"]), (",", [])])
def test_words(value: str | None, read: list[str], given: Any) -> None:
    given(value)
    assert env.words("X", "d") == read


def test_url(given: Any) -> None:
    given("redis://localhost/0")
    assert env.url("X", schemes=["redis"]) == "redis://localhost/0"
    given(None)
    assert env.url("X", schemes=["redis"]) == ""


@pytest.mark.parametrize(
    ("value", "told"),
    [("http://user:secret@host", "'http'"), ("localhost:6379", "'localhost'"), ("host", "'no scheme'"), ("redis://[", "X is broken")],
)
def test_what_is_no_such_address_is_refused_without_telling_its_password(value: str, told: str, given: Any) -> None:
    given(value)
    sentence = refusal(lambda: env.url("X", schemes=["redis", "rediss"]))
    assert told in sentence
    assert sentence.startswith("X is ")
    assert "secret" not in sentence


@pytest.mark.parametrize(
    ("address", "mailer"),
    [
        ("smtp://mail.example.org", env.Smtp("mail.example.org", 25, "", "", False, False)),
        ("smtp+tls://ana:p%40ss@mail.example.org", env.Smtp("mail.example.org", 587, "ana", "p@ss", True, False)),
        ("smtps://mail.example.org:2465", env.Smtp("mail.example.org", 2465, "", "", False, True)),
    ],
)
def test_smtp(address: str, mailer: env.Smtp, given: Any) -> None:
    given(address)
    assert env.smtp("X") == mailer


@pytest.mark.parametrize("address", ["smtp://", "smtp:mail", "smtp://mail:port", "smtp://mail:99999"])
def test_a_mail_address_without_a_host_or_port_is_refused(address: str, given: Any) -> None:
    given(address)
    assert refusal(lambda: env.smtp("X")).startswith("X is ")
