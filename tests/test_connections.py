"""The connections of a host: shared out among its processes, and no more than the server has."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.scratch import free_port
from tests.processes import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.slow]

POOL = "import json; from django.conf import settings; print(json.dumps(settings.DATABASES['default']['OPTIONS']['pool']))"


def pool(folder: Path, **env: str) -> dict[str, int]:
    """The pool's settings in an environment."""
    values = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "alliv.settings",
        "VAR_DIR": str(folder),
        **env,
    }
    told = subprocess.run([sys.executable, "-c", POOL], cwd=ROOT, env=values, capture_output=True, text=True, check=True)
    return dict(json.loads(told.stdout))


def test_the_four_numbers_are_those_of_one_process_alone(tmp_path: Path) -> None:
    assert pool(tmp_path) == {"min_size": 10, "max_size": 50, "max_idle": 45, "timeout": 5, "reconnect_timeout": 5}


@pytest.mark.parametrize(("processes", "least", "most"), [("2", 5, 25), ("4", 2, 12), ("80", 0, 1)])
def test_several_processes_share_them(processes: str, least: int, most: int, tmp_path: Path) -> None:
    shared = pool(tmp_path, ALLIV_PROCESSES=processes)
    assert (shared["min_size"], shared["max_size"]) == (least, most)


@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="asks PostgreSQL; the run without servers has none")
def test_more_than_the_server_has_is_said_before_anybody_comes(tmp_path: Path) -> None:
    env = {**os.environ, "VAR_DIR": str(tmp_path), "DB_POOL_MAX": "1000"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(free_port())], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 4
    assert "DB_POOL_MAX is 1000, and the database has " in ended.stderr
    assert "Traceback" not in ended.stderr
