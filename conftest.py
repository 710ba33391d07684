"""Fixtures that every test may use: the cast, and a process without memories of other tests."""

import os
from collections.abc import Iterator

import django
import pytest

from tests import servers


def pytest_configure(config: pytest.Config) -> None:
    servers.start(unit_only=config.option.markexpr == "unit")
    os.environ["DJANGO_SETTINGS_MODULE"] = "alliv.settings"
    django.setup()


def pytest_unconfigure() -> None:
    servers.stop()


@pytest.fixture(autouse=True)
def _forget(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a process keeps in memory is true of a committed database; each test has its own."""
    if not {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    from tests.support import forget, restore_defaults

    request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    forget()
    restore_defaults()
    yield
    forget()
