"""Fixtures that every test may use: the cast, and a process without memories of other tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from hypothesis import settings as hypothesis

from scripts import messages
from tests import servers

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from accounts.models import Member


# A busy machine is no failure of the code: no example has a deadline.
hypothesis.register_profile("alliv", deadline=None)
hypothesis.load_profile("alliv")


def pytest_configure(config: pytest.Config) -> None:
    messages.compile_all()
    servers.start(needed=config.option.markexpr not in {"unit", "e2e"})
    os.environ["DJANGO_SETTINGS_MODULE"] = "alliv.settings"
    django.setup()
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # WhiteNoise warns without it
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        # Each worker reads the settings of its own environment, and not before it has one.
        del os.environ["DJANGO_SETTINGS_MODULE"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # nothing is collected


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A server in a thread looks at every connection there is, and a browser has a context of its own, in which none is open yet:
    with a second database they have to be allowed to."""
    if "CHAT_DATABASE_URL" in os.environ:
        for item in items:
            if {"live_server", "chromium"} & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "mongodb"]), append=False)


def pytest_unconfigure() -> None:
    servers.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """With tables that a test which really commits leaves as it found them."""
    from tests import pristine

    with django_db_blocker.unblock():
        pristine.remember()
    yield
    with django_db_blocker.unblock():
        pristine.send_others_away()


@pytest.fixture(autouse=True)
def _forget(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a process keeps in memory is true of a committed database; each test has its own."""
    asked = {"db", "transactional_db"} & set(request.fixturenames)
    if not asked and not request.node.get_closest_marker("django_db"):
        yield
        return
    from tests.support import empty_mongodb, forget

    request.getfixturevalue("transactional_db" if "transactional_db" in asked else "db")
    empty_mongodb()
    forget()
    yield
    forget()


# --- The cast: Ana and Ben fit and may match, Cleo is the stranger, Sam is staff ---


@pytest.fixture
def ana(db: None) -> Member:
    from tests.factories import ANA, MemberFactory

    return MemberFactory(**ANA)


@pytest.fixture
def ben(db: None) -> Member:
    from tests.factories import BEN, MemberFactory

    return MemberFactory(**BEN)


@pytest.fixture
def cleo(db: None) -> Member:
    from tests.factories import CLEO, MemberFactory

    return MemberFactory(**CLEO)


@pytest.fixture
def sam(db: None) -> Member:
    from tests.factories import SAM, MemberFactory

    return MemberFactory(**SAM)


@pytest.fixture
def client_of() -> Callable[[Member], APIClient]:
    """`client_of(ana)` speaks to the API as Ana, with a real access token of a session of her own."""
    from tests.support import api

    return api


@pytest.fixture
def stranger() -> APIClient:
    """An API client of somebody who is not signed in; what breaks is answered, not raised."""
    from tests.support import Api

    return Api(raise_request_exception=False)


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Callable[[], Any]:
    """`with committed():` runs what waits for the commit, in a test that never commits."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
