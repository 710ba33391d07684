"""The examples do what they say, against a real process. What the chat client does is in the chat's own tests."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import PASSWORD, ROOT, one_process

pytestmark = [pytest.mark.integration, pytest.mark.slow]
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with one_process(tmp_path_factory.mktemp("site"), members=20, DEBUG="1") as url:
        yield url


def run(*command: str, **options: object) -> str:
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload]
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return str(outcome.stdout)


def test_curl_leads_from_signing_in_to_the_first_message(site: str) -> None:
    told = run("sh", str(EXAMPLES / "walk_through.sh"), site)
    for words in ("of 100", "Shall we?", "Hello Ana, yes!", '"code":"already_swiped"'):
        assert words in told
    again = subprocess.run(["sh", str(EXAMPLES / "walk_through.sh"), site], capture_output=True, text=True, timeout=60)
    assert (again.returncode, again.stderr[:20]) == (1, "Ana and Ben have ans")


def test_the_rest_client_says_who_fits(site: str) -> None:
    told = run(sys.executable, str(EXAMPLES / "rest_client.py"), site, "cleo@demo.alliv.test", PASSWORD)
    assert "your profile is complete to" in told
    assert len(told.splitlines()) >= 4


def test_the_rest_client_says_what_was_refused(site: str) -> None:
    outcome = subprocess.run(
        [sys.executable, str(EXAMPLES / "rest_client.py"), site, "cleo@demo.alliv.test", "wrong"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("invalid_credentials: ")


@pytest.mark.parametrize("client", ["rest_client.py", "chat_client.py"])
def test_a_client_without_arguments_says_how_it_is_called(client: str) -> None:
    outcome = subprocess.run([sys.executable, str(EXAMPLES / client)], capture_output=True, text=True, timeout=60)
    assert (outcome.returncode, f"python examples/{client} http://" in outcome.stderr) == (1, True)


def test_the_load_test_loads(site: str, tmp_path: Path) -> None:
    load = [sys.executable, "-m", "locust", "--locustfile", str(EXAMPLES / "load_test.py"), "--host", site]
    run(*load, "--headless", "--users", "4", "--spawn-rate", "4", "--run-time", "5s", "--csv", str(tmp_path / "load"))
    rows = {row["Name"]: row for row in csv.DictReader((tmp_path / "load_stats.csv").read_text().splitlines())}
    assert {"login", "discover"} <= set(rows)
    assert int(rows["Aggregated"]["Failure Count"]) == 0
