"""A room's events as sockets get them: in order, each once, and only what is lost is read from the log."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from chat import feeds
from chat.feeds import Feed
from chat.letters import Event

pytestmark = pytest.mark.unit


class Ear:
    """Stands where a socket would."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def hear(self, room: UUID, event: Event) -> None:
        self.events.append(event)


def listening(act: Callable[[Feed, Ear], Awaitable[None]]) -> None:
    async def run() -> None:
        feed, ear = Feed(uuid4()), Ear()
        feed.sockets.add(ear)  # type: ignore[arg-type]
        feed.begin(1)
        await asyncio.wait_for(act(feed, ear), 5)

    asyncio.run(run())


async def without_threads(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def test_what_is_late_comes_first_and_no_log_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LATE_SECONDS", 0.02)
    monkeypatch.setattr(feeds, "events_after", lambda room, after: pytest.fail("nothing is missing"))

    async def act(feed: Feed, ear: Ear) -> None:
        feed.take([Event(3, "three"), Event(4, "four"), Event(3, "three again"), Event(1, "old")])
        assert ear.events == []
        feed.take([Event(2, "two")])
        assert [event.text for event in ear.events] == ["two", "three again", "four"]
        await asyncio.sleep(0.05)
        assert (feed.seq, feed.early, feed.filling) == (4, {}, None)

    listening(act)


def test_what_is_lost_is_read_and_the_rest_still_knows_whom_to_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Number 3 was edited meanwhile: the log has it as number 5."""
    stored: Any = [(2, "two"), (4, "four"), (5, "three, edited")]
    monkeypatch.setattr(feeds, "LATE_SECONDS", 0.02)
    monkeypatch.setattr(feeds, "in_thread", without_threads)  # they may hold connections of other tests
    monkeypatch.setattr(feeds, "events_after", lambda room, after: stored)

    async def act(feed: Feed, ear: Ear) -> None:
        feed.take([Event(3, "three"), Event(4, "four", "its sender")])
        while len(ear.events) < 3:
            await asyncio.sleep(0.01)
        feed.take([Event(5, "three, edited"), Event(6, "six")])
        assert ear.events == [Event(2, "two"), Event(4, "four", "its sender"), Event(5, "three, edited"), Event(6, "six")]

    listening(act)
