"""Workers that run side by side read the settings of their own environment."""

import os

import pytest
from django.conf import settings

pytestmark = pytest.mark.unit


def test_the_settings_are_of_this_worker_s_environment() -> None:
    assert str(settings.VAR_DIR) == os.environ["VAR_DIR"]
    assert settings.REDIS_URL.startswith(os.environ.get("REDIS_URL", "")[:25])
