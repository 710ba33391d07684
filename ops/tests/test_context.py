"""The request id ties an answer, its problem, its log lines and its jobs together."""

import re
from typing import Any
from uuid import UUID

import pytest

from ops import jobs
from ops.context import request_id, serving, trace
from ops.models import Job
from ops.tracing import continued

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


TRACE = "0af7651916cd43dd8448eb211c80319c"
GIVEN = f"00-{TRACE}-b7ad6b7169203331-01"
seen: list[str] = []


def note() -> None:
    part = trace()
    seen.append(part.trace_id if part else "")


class TestTraces:
    @pytest.mark.unit
    def test_it_is_continued_with_a_span_of_our_own(self) -> None:
        part = continued(GIVEN)
        assert part
        assert (part.trace_id, part.flags) == (TRACE, "01")
        assert re.fullmatch("[0-9a-f]{16}", part.span_id)
        assert part.span_id != "b7ad6b7169203331"
        assert str(part) == f"00-{TRACE}-{part.span_id}-01"

    @pytest.mark.unit
    @pytest.mark.parametrize(
        "given",
        [
            None, "", "x", GIVEN.upper(), GIVEN + "-more", f"ff{GIVEN[2:]}", f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{TRACE}-{'0' * 16}-01", GIVEN + "\n",
        ],
    )  # fmt: skip
    def test_what_is_none_begins_none(self, given: str | None) -> None:
        assert continued(given) is None

    @pytest.mark.unit
    def test_a_later_version_may_say_more(self) -> None:
        assert continued(f"01{GIVEN[2:]}-more")

    @pytest.mark.integration
    def test_the_answer_names_our_part(self, stranger: Any, db: None) -> None:
        answer = stranger.get("/health/live", headers={"traceparent": GIVEN})
        assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-01", answer["traceparent"])
        assert "traceparent" not in stranger.get("/health/live")

    @pytest.mark.integration
    def test_a_job_goes_on_with_it(self, db: None) -> None:
        with serving("r-1", GIVEN):
            jobs.promise("ops.tests.test_context.note")
        assert trace() is None
        assert jobs.run(str(Job.objects.get().pk))
        assert seen == [TRACE]
