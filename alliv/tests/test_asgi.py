"""What begins and ends with a serving process."""

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from accounts.models import Member
from alliv import asgi
from matching.ranking import loading
from ops import jobs

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


def test_everybody_is_in_memory_before_the_first_visitor(ana: Member) -> None:
    asgi.warm_up()
    assert loading._held is not None
    assert ana.pk in loading._held


def test_a_database_that_is_not_there_yet_does_not_keep_it_from_starting(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(asgi, "population", Mock(side_effect=RuntimeError("no database")))
    asgi.warm_up()
    assert "could not load the population" in caplog.text
