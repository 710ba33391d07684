"""Fixtures of the chat. Imports wait until Django is set up: pytest reads this file before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chat.tests.cast import Cast


# A second database has to stand before Django reads its settings.
collect_ignore = [] if os.environ.get("ALLIV_TEST_LOG") == "mongodb" else ["test_mongodb.py"]


@pytest.fixture
def cast(db: None) -> Cast:
    from chat.tests.cast import assemble

    return assemble()


@pytest.fixture
def live_cast(transactional_db: None) -> Cast:
    """Committed, for tests with threads and servers."""
    from chat.tests.cast import assemble

    return assemble()


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """A server in a thread; its address."""
    from chat import limits
    from chat.tests.server import serving

    with serving() as address:
        yield address
    limits.forget()
