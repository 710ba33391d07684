"""Whatever is sent to whatever address of the API: an answer of one shape, and never a failure of ours."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from accounts.models import Member
from alliv.tests.routes import Operation, api_routes, operations
from tests.support import Api, api, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

OPERATIONS = operations()
WRITING = [operation for operation in OPERATIONS if operation.method != "get"]
READING = [operation for operation in OPERATIONS if operation.method == "get"]
JSON = "application/json"


def proper(answer: Any) -> None:
    """Not our failure; and when refused, a problem with the request's id."""
    text = answer.content.decode()
    assert answer.status_code < 500, text
    assert answer["X-API-Version"] == "1"
    assert answer["X-Request-ID"]
    if answer.status_code >= 400:
        refused(answer, answer.status_code, answer.json()["code"])
        assert not any(word in text for word in ("Traceback", "site-packages", "psycopg", "sqlite"))
    # A statement that failed would have broken this transaction.
    connection.cursor().execute("SELECT 1")


def send(client: Api, operation: Operation, body: bytes, content_type: str = JSON) -> Any:
    return client.generic(operation.method.upper(), operation.path, body, content_type)


def test_the_schema_knows_the_bodies_of_what_writes() -> None:
    silent = {str(operation) for operation in OPERATIONS if operation.method in ("post", "patch") and not operation.fields}
    bodiless = {
        "POST /api/auth/logout-all", "POST /api/auth/mfa/totp", "POST /api/auth/social/<slug:provider>", "POST /api/chat/ticket",
        "POST /api/me/export", "POST /api/photos/uploads/<uuid:upload_id>/complete",
    }  # fmt: skip
    assert silent <= bodiless


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a word": b'"x"',
    "a number": b"5",
    "half an object": b'{"email": ',
    "two objects": b"{}{}",
    "not a number": b'{"score": NaN}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "a huge integer": b'{"score": ' + b"9" * 5000 + b"}",
    "a NUL byte": b'{"email": "\x00"}',
    "no UTF-8": b'{"email": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"email": "x"}'.encode("utf-16"),
    "an unknown name": b'{"nonsense": 1}',
    "an unknown name that is no text": b'{"\\ud800": 1, "\\u0000": 2}',
    "the name of nothing": b'{"": 1, "/": 2, "~": 3}',
    "one name twice": b'{"email": 1, "email": 2}',
    "two megabytes": b'{"x": "' + b"x" * 2_000_000 + b'"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_broken_body(body: bytes, sam: Member, stranger: Any) -> None:
    for operation in WRITING:
        for client in (stranger, api(sam, raise_request_exception=False)):
            proper(send(client, operation, body))


VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "minus one": -1,
    "a fraction": 0.1,
    "no finite number": 1e999,
    "an integer no float can hold": 10**400,
    "an integer no database can hold": 2**64,
    "empty text": "",
    "a NUL": "a\x00b",
    "half a character": "\ud800",
    "long text": "x" * 100_000,
    "text that grows in its normal form": "ﷺ" * 50,
    "text right to left": "\u202etxt",
    "a format string": "%s {0.__class__} %(x)s",
    "markup": "<script>alert(1)</script>' OR 1=1 --",
    "an empty list": [],
    "a list of null": [None],
    "a list of halves": ["\ud800"],
    "lists in lists": [[[]]],
    "a long list": ["x"] * 10_000,
    "an object": {"\ud800": {"a": None}},
    "an id of nobody": "01941f29-7f60-7a0a-8a00-0a0a0a0a0a01",
    "an id of another version": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_of_the_wrong_kind(value: Any, sam: Member, stranger: Any) -> None:
    for operation in WRITING:
        client = api(sam, raise_request_exception=False)
        for body in [dict.fromkeys(operation.fields, value), *({name: value} for name in operation.fields)]:
            for sender in (client, stranger):
                proper(send(sender, operation, json.dumps(body).replace("Infinity", "1e999").encode()))


CONTENT_TYPES = [
    "", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=é", "application/json; charset=zlib", "application/json; charset=nonsense", "application/json; charset=utf-16",
    "application/json; charset=idna", "application/json; charset=undefined", "application/vnd.api+json", "/", "*/*", "é",
]  # fmt: skip


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_another_content_type(content_type: str, sam: Member, stranger: Any) -> None:
    for operation in WRITING:
        for client in (stranger, api(sam, raise_request_exception=False)):
            proper(send(client, operation, b'{"email": "x"}', content_type))


def test_text_instead_of_json_is_named(stranger: Any) -> None:
    answer = stranger.generic("POST", "/api/auth/login", b"x", "text/plain")
    refused(answer, 415, "unsupported_media_type")


def test_a_body_of_two_megabytes_is_too_large(stranger: Any) -> None:
    refused(stranger.generic("POST", "/api/auth/login", BODIES["two megabytes"], JSON), 413, "too_large")


def positions(*values: str) -> list[str]:
    """Cursors as the framework would write them, with a position of our choice."""
    return [b64encode(f"p={quote(value)}&o=0".encode()).decode() for value in values]


QUERIES = [
    "limit=0", "limit=101", "limit=x", "limit=", "limit=-1", "limit=1e3", "limit=%00", "limit=" + "9" * 5000, "limit=\u0661",
    *(f"cursor={quote(cursor)}" for cursor in ["", "x", "\x00", "é", "🦊", "a" * 5000, "W10", ":::", *positions("x", "\x00", "", "9" * 5000, "{}")]),
    "q=%00", "q=%ED%A0%80", "q=" + "x" * 10_000, "after=x", "before=-1", "after=" + "9" * 30, "after=1&before=1",
    "nonsense=1", "%00=1", "=", "&&&", "a" * 5000, "min_score=nan", "skills=%00", "field=%ED%A0%80", "[]=1",
]  # fmt: skip


@pytest.mark.parametrize("operation", READING, ids=str)
def test_a_strange_query(operation: Operation, sam: Member, stranger: Any) -> None:
    for client in (stranger, api(sam, raise_request_exception=False)):
        for query in QUERIES:
            proper(client.generic("GET", f"{operation.path}?{query}"))


@pytest.mark.parametrize("route", api_routes())
def test_a_method_that_a_route_does_not_have(route: str, sam: Member) -> None:
    client = api(sam, raise_request_exception=False)
    for method in {"get", "post", "put", "patch", "delete"} - api_routes()[route]:
        answer = send(client, Operation(method, route), b"{}")
        assert answer.status_code in (403, 405)
        proper(answer)
    for method in ("HEAD", "OPTIONS", "TRACE", "BREW"):
        answer = client.generic(method, Operation(method, route).path)
        assert answer.status_code < 500
        assert answer["X-Request-ID"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/nothing",
        "/api/me/",
        "/api/profiles/x",
        "/api/profiles/%00",
        "/api/%ED%A0%80",
        "/api//me",
        "/api/../admin",
        "/api/" + "x" * 5000,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_an_address_that_does_not_exist(method: str, path: str, stranger: Any) -> None:
    answer = stranger.generic(method, path, b"", JSON)
    proper(answer)
    refused(answer, 404, "not_found")


def test_a_host_that_is_not_ours(stranger: Any) -> None:
    refused(stranger.get("/api/me", headers={"Host": "evil.example"}), 400, "invalid")


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/html"}, {"Accept": "é"}, {"Accept": "application/json; version=2"}, {"Accept": ";;;"}, {"Accept": "*/*;q=x"},
        {"Authorization": "Bearer"}, {"Authorization": "Bearer é"}, {"Authorization": ""}, {"If-Match": "é"}, {"If-None-Match": "é"},
        {"X-Request-ID": "é\x01"}, {"X-API-Version": "é"}, {"Accept-Language": "x" * 5000}, {"Cookie": "sessionid=\x01; ;;=;"},
        {"Content-Length": "-1"}, {"X-Forwarded-For": "é,,,"}, {"Referer": "é"}, {"Idempotency-Key": "x" * 300},
    ],
    ids=str,
)  # fmt: skip
def test_a_strange_header(headers: dict[str, str], sam: Member, stranger: Any) -> None:
    for operation in OPERATIONS:
        for client in (stranger, api(sam, raise_request_exception=False)):
            proper(client.generic(operation.method.upper(), operation.path, b"{}", JSON, headers=headers))
