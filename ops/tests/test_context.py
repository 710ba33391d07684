"""The request id ties an answer, its problem, its log lines and its jobs together."""

import re
from typing import Any
from uuid import UUID

import pytest

from ops.context import request_id, serving

LONGEST = "A" * 64


@pytest.mark.unit
class TestServing:
    @pytest.mark.parametrize("given", ["a", "A.b_c-9", LONGEST])
    def test_a_proper_id_is_kept(self, given: str) -> None:
        with serving(given) as kept:
            assert kept == request_id() == given
        assert request_id() == ""

    @pytest.mark.parametrize("given", [None, "", "A" * 65, "a b", "a\n", "é", "a;b", "<x>"])
    def test_anything_else_is_replaced_by_a_new_uuid(self, given: str | None) -> None:
        with serving(given) as kept:
            assert UUID(kept).version == 7

    def test_they_nest(self) -> None:
        with serving("outer"):
            with serving("inner"):
                assert request_id() == "inner"
            assert request_id() == "outer"


@pytest.mark.integration
@pytest.mark.django_db
class TestAnswers:
    @pytest.mark.parametrize("path", ["/health/live", "/api/me", "/api/nothing", "/nothing", "/"])
    def test_every_answer_bears_the_id_it_was_asked_with(self, path: str, stranger: Any) -> None:
        answer = stranger.get(path, headers={"X-Request-ID": "from-the-client.1"})
        assert answer["X-Request-ID"] == "from-the-client.1"
        if path.startswith("/api/"):
            assert answer.json()["request_id"] == "from-the-client.1"

    @pytest.mark.parametrize("given", ["a b", "x" * 65, ""])
    def test_a_strange_one_is_replaced(self, given: str, stranger: Any) -> None:
        assert re.fullmatch(r"[0-9a-f-]{36}", stranger.get("/health/live", headers={"X-Request-ID": given})["X-Request-ID"])

    def test_two_requests_have_two(self, stranger: Any) -> None:
        assert stranger.get("/health/live")["X-Request-ID"] != stranger.get("/health/live")["X-Request-ID"]

    def test_it_is_kept_with_the_mail_and_the_job_of_the_request(self, stranger: Any) -> None:
        from ops.models import Job, Mail

        body = {"email": "noor@example.org", "password": "a calm harbour 71", "name": "Noor", "birthdate": "1990-01-01"}
        stranger.post("/api/auth/register", body, headers={"X-Request-ID": "r-77"})
        assert (Mail.objects.get().request_id, Job.objects.get().request_id) == ("r-77", "r-77")
