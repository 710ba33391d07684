"""Bodies are JSON in UTF-8, of a size that fits in memory, or refused in words."""

import io
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from ops.errors import TooLarge
from ops.parsers import StrictJSONParser

pytestmark = pytest.mark.unit


def parse(body: bytes) -> Any:
    return StrictJSONParser().parse(io.BytesIO(body), "application/json; charset=zlib", {"encoding": "zlib"})


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "\xc3\xa9"}', {"a": "é"}),
        (b"\xef\xbb\xbf[]", []),
        (b'"\\ud83e\\udd8a"', "🦊"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"null", None),
    ],
)
def test_what_is_json_is_read_whatever_charset_is_claimed(body: bytes, value: Any) -> None:
    assert parse(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"\xff", b'"\\ud800"', b'{"\\udc00": 1}', b"9" * 5000, b"[" * 100_000])
def test_anything_else_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(ParseError, match="JSON"):
        parse(body)


def test_what_is_too_long_is_not_parsed(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert parse(b'"12345678"') == "12345678"
    with pytest.raises(TooLarge):
        parse(b'"123456789"')
