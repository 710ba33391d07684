"""Log lines: one valid JSON object each, whatever is logged; readable text for people."""

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Member
from ops.context import serving
from ops.logs import JSONLines, ReadableLines
from tests.support import api

ODD: dict[str, Any] = {
    "newlines": "a\nb\r\u2028c",
    "half a character": "\ud800",
    "nul": "\x00",
    "infinity": float("inf"),
    "nan": float("nan"),
    "bytes": b"\xff",
    "object": object(),
    "keys that are no text": {("a", 1): 2, None: 3},
    "itself": ...,
}


def record(message: str = "hello %s", *args: Any, **extra: Any) -> logging.LogRecord:
    made = logging.getLogger("alliv.test").makeRecord("alliv.test", logging.WARNING, __file__, 1, message, args, None, extra=extra)
    made.created = 1_767_225_600.1239
    return made


def strictly(text: str) -> Any:
    """Parsed as a machine would that knows no NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)


def line(made: logging.LogRecord) -> dict[str, Any]:
    text = JSONLines().format(made)
    assert "\n" not in text
    text.encode()
    parsed: dict[str, Any] = strictly(text)
    return parsed


@pytest.mark.unit
class TestJSONLines:
    def test_a_line_says_when_what_and_for_which_request(self) -> None:
        with serving("r-1"):
            assert line(record("hello %s", "Ana", user_id="u-1")) == {
                "timestamp": "2026-01-01T00:00:00.123Z",
                "level": "WARNING",
                "logger": "alliv.test",
                "message": "hello Ana",
                "request_id": "r-1",
                "user_id": "u-1",
            }

    def test_outside_of_a_request_there_is_no_id(self) -> None:
        assert line(record("x"))["request_id"] is None

    def test_a_line_says_which_trace_it_is_part_of(self) -> None:
        with serving("r-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
            assert line(record("x"))["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
        assert "trace_id" not in line(record("x"))

    def test_an_exception_is_part_of_its_line(self) -> None:
        try:
            raise ValueError("broken\nin two")
        except ValueError:
            made = record("x")
            made.exc_info = sys.exc_info()
        assert "ValueError: broken\nin two" in line(made)["exception"]

    @pytest.mark.parametrize("value", ODD.values(), ids=ODD)
    def test_any_extra_leaves_one_valid_object(self, value: Any) -> None:
        assert "odd" in line(record("x", odd=value))
        assert "odd" in line(record("x", odd=[{"deep": value}]))

    def test_an_extra_cannot_pretend_to_be_the_line_s_own(self) -> None:
        made = line(record("x", level="CALM", logger="other", timestamp="never"))
        assert (made["level"], made["logger"], made["timestamp"]) == ("WARNING", "alliv.test", "2026-01-01T00:00:00.123Z")

    @given(
        st.text(),
        st.recursive(st.none() | st.floats() | st.text() | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
    )
    def test_whatever_is_said(self, message: str, value: Any) -> None:
        assert line(record("%s", message, odd=value))["message"] == message.encode("utf-8", "surrogatepass").decode(
            "utf-8", "surrogatepass"
        )


@pytest.mark.unit
class TestReadableLines:
    def test_a_request_is_one_short_line(self) -> None:
        made = record("x", endpoint="/api/me", method="GET", status_code=200, duration_ms=1.5)
        made.name = "alliv.request"
        assert ReadableLines().format(made) == "00:00:00 200 GET    /api/me 1.5 ms"

    def test_anything_else_shows_its_extras_and_exception(self) -> None:
        assert ReadableLines().format(record("hello %s", "Ana", task="x")) == "00:00:00 WARNING alliv.test: hello Ana task=x"
        try:
            raise ValueError("broken")
        except ValueError:
            made = record("x")
            made.exc_info = sys.exc_info()
        assert ReadableLines().format(made).endswith("ValueError: broken")


@pytest.mark.integration
@pytest.mark.django_db
class TestRequests:
    def logged(self, caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
        made = [row for row in caplog.records if row.name == "alliv.request"]
        assert len(made) == 1
        return line(made[0])

    def test_a_request_is_logged_once_with_its_route(self, ana: Member, ben: Member, caplog: pytest.LogCaptureFixture) -> None:
        api(ana).get(f"/api/profiles/{ben.pk}")
        made = self.logged(caplog)
        assert (made["endpoint"], made["method"], made["status_code"]) == ("/api/profiles/<uuid:member_id>", "GET", 200)
        assert (made["user_id"], made["ip"], made["level"]) == (str(ana.pk), "127.0.0.1", "INFO")
        assert made["duration_ms"] >= 0

    def test_what_failed_is_an_error(self, stranger: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("accounts.services.register", lambda **kwargs: 1 / 0)
        stranger.post(
            "/api/auth/register", {"email": "n@e.org", "password": "a calm harbour 71", "name": "Noor", "birthdate": "1990-01-01"}
        )
        assert self.logged(caplog)["level"] == "ERROR"

    def test_no_route_is_no_endpoint(self, stranger: Any, caplog: pytest.LogCaptureFixture) -> None:
        stranger.get("/api/nothing?token=secret")
        assert self.logged(caplog)["endpoint"] is None

    def test_no_secret_is_logged(self, stranger: Any, ana: Member, caplog: pytest.LogCaptureFixture) -> None:
        body = stranger.post("/api/auth/login", {"email": ana.email, "password": "correct horse 42 battery"}).json()
        stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
        stranger.get("/api/me?code=123456")
        stranger.post("/api/auth/password/reset", {"email": ana.email})
        text = "\n".join(JSONLines().format(row) for row in caplog.records)
        for secret in (body["access"], body["refresh"], "correct horse", ana.email, "123456"):
            assert secret not in text
