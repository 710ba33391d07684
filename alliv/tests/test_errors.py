"""One shape for every error: the parts that need no request."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail

from alliv.api.codes import FRAMEWORK, stable_codes
from alliv.api.errors import CODES, LastWord, flatten, problem_response
from ops import errors
from ops.context import serving

pytestmark = pytest.mark.unit


def tree(problem: type[errors.Problem] = errors.Problem) -> list[type[errors.Problem]]:
    return [problem, *(below for child in problem.__subclasses__() for below in tree(child))]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.Conflict(), 409, "conflict"),
        (errors.Invalid.field("name", "No."), 400, "invalid"),
        (exceptions.ValidationError({"name": ["No."]}), 400, "invalid"),
        (exceptions.ParseError("Half."), 400, "invalid"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (exceptions.NotFound(), 404, "not_found"),
        (exceptions.MethodNotAllowed("BREW"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("x"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=3), 429, "rate_limited"),
        (Http404("secret"), 404, "not_found"),
        (PermissionDenied("secret"), 403, "forbidden"),
        (RequestDataTooBig("secret"), 413, "too_large"),
        (SuspiciousOperation("secret"), 400, "invalid"),
        (RuntimeError("secret"), 500, "internal"),
    ],
)
def test_every_failure_becomes_a_problem(error: Exception, status: int, code: str) -> None:
    with serving("r-1"):
        answer = problem_response(error, {})
    assert (answer.status_code, answer.data["status"], answer.data["code"]) == (status, status, code)
    assert (answer.data["type"], answer.data["request_id"]) == (f"/developers/#error-{code}", "r-1")
    assert answer.content_type == "application/problem+json"
    assert "secret" not in str(answer.data)


def test_headers_travel_with_it() -> None:
    assert problem_response(errors.TooMany(retry_after=0), {})["Retry-After"] == "1"
    assert problem_response(exceptions.Throttled(wait=3), {})["Retry-After"] == "3"
    assert problem_response(errors.NotAuthenticated(), {})["WWW-Authenticate"] == "Bearer"


def test_what_a_problem_adds_stands_in_its_body() -> None:
    data = problem_response(errors.Unprocessable("No.", limit=3), {}).data
    assert (data["detail"], data["limit"], "errors" in data) == ("No.", 3, False)


@pytest.mark.parametrize(
    ("detail", "rows"),
    [
        ({"name": ["No.", "Never."]}, [("/name", "No."), ("/name", "Never.")]),
        ({"place": {"lat": ["No."]}}, [("/place/lat", "No.")]),
        ({"skills": {3: ["No."]}}, [("/skills/3", "No.")]),
        ({"rows": [{}, {"a": ["No."]}]}, [("/rows/1/a", "No.")]),
        ({"non_field_errors": ["No."]}, [("", "No.")]),
        ({"a/b~c": ["No."]}, [("/a~1b~0c", "No.")]),
        (["No."], [("", "No.")]),
    ],
)
def test_nested_errors_become_pointers(detail: Any, rows: list[tuple[str, str]]) -> None:
    assert [(row["pointer"], row["detail"]) for row in flatten(detail)] == rows


def test_a_field_error_keeps_its_code() -> None:
    assert flatten({"name": [ErrorDetail("No.", code="max_length")]})[0]["code"] == "max_length"


def test_codes_are_stable_words_and_one_means_one_status() -> None:
    codes: dict[str, set[int]] = {}
    for problem in tree():
        codes.setdefault(problem.code, set()).add(problem.status)
        assert problem.code.replace("_", "").isalpha()
        assert problem.detail.endswith(".")
    assert {code: statuses for code, statuses in codes.items() if len(statuses) > 1} == {}
    assert set(stable_codes()) == {*codes, *FRAMEWORK}


def test_every_status_of_the_tree_has_its_usual_code() -> None:
    assert {problem.status for problem in tree()} <= set(CODES)


class TestLastWord:
    """What never reached a view of the API."""

    def answer(self, path: str, inner: HttpResponse) -> HttpResponse:
        return LastWord(lambda request: inner)(RequestFactory().get(path))

    @pytest.mark.parametrize(
        ("status", "code"), [(400, "invalid"), (404, "not_found"), (418, "invalid"), (500, "internal"), (503, "unavailable")]
    )
    def test_pages_become_problems_below_api(self, status: int, code: str) -> None:
        answer = self.answer("/api/x", HttpResponse("<h1>secret</h1>", status=status))
        assert answer["Content-Type"] == "application/problem+json"
        assert f'"code": "{code}"'.encode() in answer.content
        assert b"secret" not in answer.content

    def test_pages_stay_pages_elsewhere(self) -> None:
        answer = self.answer("/x", HttpResponse("<h1>Gone</h1>", status=404))
        assert answer.content == b"<h1>Gone</h1>"
        assert "X-API-Version" not in answer

    def test_good_answers_stay_as_they_are(self) -> None:
        answer = self.answer("/api/x", HttpResponse("fine"))
        assert (answer.content, answer["X-API-Version"]) == (b"fine", "1")
        assert answer["Vary"] == "Accept, X-API-Version"
