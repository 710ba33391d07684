"""Production mode does not start with an unsafe setting, and says which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow

SAFE = {
    "ALLIV_MODE": "production",
    "SECRET_KEY": "v3ry-r4nd0m-" * 5,
    "ALLOWED_HOSTS": "alliv.test",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "PATH": os.environ["PATH"],
}


def check(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in a process of its own; an empty value takes the variable away."""
    values = {**SAFE, "VAR_DIR": str(tmp_path), **environment}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in values.items() if value},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_safe_values_start_and_pass_django_s_own_checks(tmp_path: Path) -> None:
    outcome = check(tmp_path, "--deploy", "--fail-level", "WARNING")
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize(
    ("unsafe", "name"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "x" * 50}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 50}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "alliv.test,*"}, "ALLOWED_HOSTS"),
        ({"REDIS_URL": ""}, "REDIS_URL"),
        ({"LIMITS_ENABLED": "0"}, "LIMITS_ENABLED"),
        ({"DB_POOL_MAX": "many"}, "DB_POOL_MAX"),
        ({"DATABASE_URL": "mysql://host/name"}, "DATABASE_URL"),
        ({"EMAIL_URL": "http://mail"}, "EMAIL_URL"),
        ({"ALLIV_MODE": "productoin"}, "ALLIV_MODE"),
        ({"LOG_FORMAT": "yaml"}, "LOG_FORMAT"),
    ],
    ids=str,
)
def test_an_unsafe_or_wrong_value_is_refused_by_name(unsafe: dict[str, str], name: str, tmp_path: Path) -> None:
    outcome = check(tmp_path, **unsafe)
    assert outcome.returncode != 0
    assert name in outcome.stderr.splitlines()[-1]


def test_all_of_them_are_named_at_once(tmp_path: Path) -> None:
    outcome = check(tmp_path, SECRET_KEY="", DEBUG="1", ALLOWED_HOSTS="", REDIS_URL="", LIMITS_ENABLED="0")
    for name in ("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "REDIS_URL", "LIMITS_ENABLED"):
        assert name in outcome.stderr


def test_the_embedded_default_makes_a_secret_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    outcomes = []
    for _ in range(2):
        assert check(tmp_path, ALLIV_MODE="", SECRET_KEY="", ALLOWED_HOSTS="", REDIS_URL="").returncode == 0
        outcomes.append((tmp_path / "secret.key").read_text())
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) >= 50
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
