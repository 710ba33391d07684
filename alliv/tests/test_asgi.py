"""What begins and ends with a serving process, and what it does not let in."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from accounts.models import Member
from alliv import asgi
from alliv.api import bodies
from matching.ranking import loading
from ops import health, jobs

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shut_down(monkeypatch: pytest.MonkeyPatch) -> AsyncMock:
    """Sockets have tests of their own."""
    spy = AsyncMock()
    monkeypatch.setattr(asgi.hub, "shutdown", spy)
    return spy


def live() -> list[str]:
    """One life of a process: what it answered."""
    events: Iterator[dict[str, str]] = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return next(events)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(asgi.lifespan({"type": "lifespan"}, receive, send))
    return sent


@pytest.mark.parametrize("with_jobs", ["0", "1"])
def test_it_starts_and_ends_what_runs_beside_requests(with_jobs: str, shut_down: AsyncMock, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Mock()
    monkeypatch.setenv("ALLIV_JOBS", with_jobs)
    monkeypatch.setattr(jobs, "WorkerThread", lambda: worker)
    monkeypatch.setattr(asgi, "sweeper", lambda: None)
    monkeypatch.setattr(asgi, "warm_up", lambda: None)
    assert live() == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert shut_down.await_count == 1
    assert (worker.start.call_count, worker.stop.call_count) == (int(with_jobs), int(with_jobs))


class TestWarmingUp:
    """Visitors come in when everything is warm, but never wait for it without end."""

    @pytest.fixture
    def warm(self, shut_down: AsyncMock, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
        """Warming up takes until it is set."""
        monkeypatch.setenv("ALLIV_JOBS", "0")
        monkeypatch.setattr(asgi, "sweeper", lambda: None)
        monkeypatch.setattr(asgi, "warm_up", lambda: event.wait(30))
        yield (event := threading.Event())
        event.set()

    def test_nobody_comes_in_before(self, warm: threading.Event) -> None:
        began = time.monotonic()
        threading.Timer(0.3, warm.set).start()
        assert live() == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert 0.3 <= time.monotonic() - began < 5

    def test_it_is_not_waited_for_without_end(self, warm: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asgi, "WARM_SECONDS", 0.1)
        assert live()[0] == "lifespan.startup.complete"
        assert not warm.is_set()

    def test_who_is_told_to_leave_does_not_wait(self, warm: threading.Event) -> None:
        began = time.monotonic()
        try:
            threading.Timer(0.1, health.draining.set).start()
            live()
        finally:
            health.draining.clear()
        assert time.monotonic() - began < 5


def test_everybody_is_in_memory_before_the_first_visitor(ana: Member) -> None:
    asgi.warm_up()
    assert loading._held is not None
    assert ana.pk in loading._held


def test_a_database_that_is_not_there_yet_does_not_keep_it_from_starting(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(asgi, "population", Mock(side_effect=RuntimeError("no database")))
    asgi.warm_up()
    assert "could not load the population" in caplog.text


def answer_to(scope: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the process sends after these messages of a client who then stays silent."""
    waiting, sent = iter(messages), []

    async def receive() -> dict[str, Any]:
        return next(waiting, None) or await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(asgi.application(scope, receive, send), 20))
    return sent


POST = {
    "type": "http", "method": "POST", "path": "/api/auth/login", "query_string": b"",
    "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"x-request-id", b"mine-1")],
}  # fmt: skip


def chunk(size: int, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


@pytest.mark.parametrize(
    "chunks", [[chunk(60, more=True), chunk(60, more=False)], [chunk(60, more=True), *[chunk(60, more=True)] * 9, chunk(60, more=False)]]
)
def test_a_body_larger_than_anything_we_take_is_cut_off(chunks: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY", 100)
    monkeypatch.setattr(bodies, "MAX_IGNORED", 300)
    start, body = answer_to(POST, *chunks)
    assert start["status"] == 413
    assert {(b"x-request-id", b"mine-1"), (b"content-type", b"application/problem+json"), (b"connection", b"close")} <= set(
        start["headers"]
    )
    problem = json.loads(body["body"])
    assert (problem["code"], problem["status"], problem["request_id"]) == ("too_large", 413, "mine-1")


def test_a_body_that_is_as_large_as_may_be_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY", 120)
    start, *_ = answer_to(POST, chunk(60, more=True), chunk(60, more=False))
    assert start["status"] == 400


def test_a_socket_to_nowhere_is_no_failure_of_ours(caplog: Any) -> None:
    scope = {"type": "websocket", "path": "/ws/nowhere", "query_string": b"", "headers": []}
    assert answer_to(scope, {"type": "websocket.connect"}) == [{"type": "websocket.close"}]
    assert not caplog.records
