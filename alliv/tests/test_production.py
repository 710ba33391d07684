"""Production mode does not start with an unsafe setting, and no mode with a wrong one; each is refused by its name."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow

SAFE = {
    "ALLIV_MODE": "production",
    "SECRET_KEY": "v3ry-r4nd0m-" * 5,
    "ALLOWED_HOSTS": "alliv.test",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "PATH": os.environ["PATH"],
}
# One process reads the settings once for each case, which is quicker than a process for each.
READER = """
import json, os, runpy, sys
from django.core.exceptions import ImproperlyConfigured
fixed = dict(os.environ)
for case in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update({name: value for name, value in {**fixed, **case}.items() if value})
    try:
        runpy.run_path("alliv/settings.py")
        print(json.dumps(""))
    except ImproperlyConfigured as refusal:
        print(json.dumps(str(refusal)))
"""

UNSAFE: list[tuple[str, str]] = [
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "django-insecure-" + "x" * 50),
    ("SECRET_KEY", "x" * 50),
    ("DEBUG", "1"),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", "alliv.test,*"),
    ("REDIS_URL", ""),
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "sqlite:////tmp/db.sqlite3"),
    ("LIMITS_ENABLED", "0"),
    ("PUBLIC_URL", "http://alliv.test"),
    ("METRICS_TOKEN", "too-short"),
]
WRONG: list[tuple[str, str]] = [
    ("ALLIV_MODE", "productoin"),
    ("DEBUG", "maybe"),
    ("PUBLIC_URL", "alliv.test"),
    ("PUBLIC_URL", "https://alliv.test:99999"),
    ("TRUSTED_PROXIES", "all"),
    ("TRUSTED_PROXIES", "-1"),
    ("DATABASE_URL", "mysql://host/name"),
    ("DB_POOL_MIN", "-1"),
    ("DB_POOL_MIN", "60"),
    ("DB_POOL_MAX", "many"),
    ("DB_POOL_MAX", "0"),
    ("DB_POOL_IDLE", "0"),
    ("DB_POOL_TIMEOUT", "soon"),
    ("REDIS_URL", "http://redis"),
    ("S3_ENDPOINT_URL", "s3.example.org"),
    ("EMAIL_URL", "http://mail"),
    ("EMAIL_URL", "smtp://"),
    ("RETENTION_DAYS", "0"),
    ("BACKUP_RECIPIENT", "age1qqqq"),
    ("BACKUP_DIR", "ftp://host/folder"),
    ("BACKUP_DIR", "s3://"),
    ("RETENTION_DAYS", "week"),
    ("READY_REQUIRES", "database,elasticsearch"),
    ("EMBEDDINGS_ENABLED", "2"),
    ("RANKING_BACKEND", "faiss"),
    ("LIMITS_ENABLED", "of"),
    ("LOG_FORMAT", "yaml"),
    ("LOG_LEVEL", "LOUD"),
    ("CHAT_DATABASE_URL", "postgres://mongo/alliv"),
    ("CHAT_DATABASE_URL", "mongodb://mongo"),
    ("MONGO_URI", "mongo/alliv"),
]


def refusals(tmp_path: Path, *cases: dict[str, str], **fixed: str) -> list[str]:
    """What the settings say to each environment; nothing when they are content. An empty value takes a variable away."""
    process = subprocess.run(
        [sys.executable, "-c", READER],
        cwd=settings.BASE_DIR,
        env={"PATH": SAFE["PATH"], "VAR_DIR": str(tmp_path), **fixed},
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()]


def check(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in a process of its own."""
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


def test_a_refusal_ends_the_program_with_one_sentence(tmp_path: Path) -> None:
    outcome = check(tmp_path, REDIS_URL="")
    assert outcome.returncode != 0
    assert "REDIS_URL must name a Redis server." in outcome.stderr.splitlines()[-1]


def test_production_mode_refuses_what_is_unsafe_by_its_name(tmp_path: Path) -> None:
    told = refusals(tmp_path, {}, *({name: value} for name, value in UNSAFE), **SAFE)
    assert told[0] == ""
    for (name, value), sentence in zip(UNSAFE, told[1:], strict=True):
        assert sentence.startswith("Production mode does not start: "), (name, value)
        assert f"{name} must " in sentence, (name, value, sentence)


def test_the_embedded_default_takes_all_of_that(tmp_path: Path) -> None:
    assert set(refusals(tmp_path, *({name: value} for name, value in UNSAFE))) == {""}


def test_every_mode_refuses_what_is_wrong_by_its_name(tmp_path: Path) -> None:
    for fixed in ({}, SAFE):
        told = refusals(tmp_path, *({name: value} for name, value in WRONG), **fixed)
        for (name, value), sentence in zip(WRONG, told, strict=True):
            assert sentence.startswith(f"{name} is "), (name, value, sentence)


def test_candidates_from_postgresql_need_a_postgresql(tmp_path: Path) -> None:
    told = refusals(tmp_path, {"RANKING_BACKEND": "pgvector"}, {"RANKING_BACKEND": "pgvector", "DATABASE_URL": "postgres://host/name"})
    assert told == ["RANKING_BACKEND is 'pgvector'; it must be memory, as long as DATABASE_URL names no PostgreSQL.", ""]


def test_a_refusal_shows_no_password(tmp_path: Path) -> None:
    told = refusals(tmp_path, {"DATABASE_URL": "mysql://me:hunter2@host/name"}, {"REDIS_URL": "http://me:hunter2@host"})
    assert all(told)
    assert not any("hunter2" in sentence for sentence in told)


def test_all_of_them_are_named_at_once(tmp_path: Path) -> None:
    everything: dict[str, str] = {
        name: value for name, value in UNSAFE if value in ("", "0", "1") or name in ("PUBLIC_URL", "METRICS_TOKEN")
    }
    (sentence,) = refusals(tmp_path, everything, **SAFE)
    assert [name for name in everything if name not in sentence] == []


def test_the_embedded_default_makes_a_secret_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    secrets: list[Any] = []
    for _ in range(2):
        assert refusals(tmp_path, {}) == [""]
        secrets.append((tmp_path / "secret.key").read_text())
    assert secrets[0] == secrets[1]
    assert len(secrets[0]) >= 50
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_refused_setting_ends_a_command_with_its_sentence_alone(tmp_path: Path) -> None:
    done = check(tmp_path, REDIS_URL="http://redis")
    assert done.returncode == 4
    assert done.stderr == "REDIS_URL is 'http'; it must be an address that starts with redis, rediss, unix.\n"
