"""While MongoDB is away nobody waits for it, and one thread notices that it is back."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from chat import places
from chat.metrics import LOG_UP
from chat.places import Link
from chat.tests.server import wait_until
from ops.errors import Unavailable
from tests.patience import patient

pytestmark = pytest.mark.unit


class Away:
    """A server that takes its time to say no."""

    def __init__(self) -> None:
        self.asked, self.answer, self.back = 0, threading.Event(), False

    def ping(self) -> bool:
        self.asked += 1
        return self.answer.wait(30) and self.back


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[Away]:
    server = Away()
    monkeypatch.setattr(places, "ping", server.ping)
    monkeypatch.setattr(places, "REST_SECONDS", 0.01)
    yield server
    server.back = True
    server.answer.set()
    wait_until(lambda: LOG_UP._value.get() == 1)


def test_nobody_waits_while_one_thread_asks(away: Away) -> None:
    link = Link()
    for _ in range(5):
        link.break_off()
    started = time.monotonic()
    for _ in range(100):
        with pytest.raises(Unavailable):
            link.require()
    assert time.monotonic() - started < patient(1)
    assert (away.asked, LOG_UP._value.get()) == (1, 0)


def test_it_is_asked_until_it_is_back(away: Away) -> None:
    link = Link()
    link.break_off()
    away.answer.set()
    wait_until(lambda: away.asked > 3)
    with pytest.raises(Unavailable):
        link.require()
    away.back = True
    wait_until(lambda: not link.broken)
    link.require()
    assert LOG_UP._value.get() == 1


def test_a_forked_process_asks_for_itself(away: Away) -> None:
    """The thread that asks stays behind in the parent."""
    places.link.break_off()
    if (pid := os.fork()) == 0:
        os._exit(places.link.broken)
    assert os.waitpid(pid, 0)[1] == 0
    assert places.link.broken
