"""Progress: one line that counts up for a person, a note now and then for a log."""

import io

import pytest

from ops.terminal import Progress

pytestmark = pytest.mark.unit


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_sees_one_line_grow() -> None:
    terminal = Terminal()
    progress = Progress("Members", 2, terminal)
    for done in (1, 2):
        progress(done)
    assert terminal.getvalue() == f"\rMembers {'█' * 12}{'░' * 12} 1/2\rMembers {'█' * 24} 2/2\n"


def test_a_log_gets_a_line_for_every_quarter() -> None:
    log = io.StringIO()
    progress = Progress("Members", 100, log)
    for done in range(101):
        progress(done)
    assert [line.split()[1] for line in log.getvalue().splitlines()] == ["0", "25", "50", "75", "100"]


def test_nothing_to_do_is_done() -> None:
    log = io.StringIO()
    Progress("Members", 0, log)(0)
    assert log.getvalue() == "Members: 0 of 0\n"
