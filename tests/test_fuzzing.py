"""schemathesis against a real process, by the document that it serves: nothing breaks, nothing undocumented is answered, and what is
Ana's stays Ana's.

The suite's run takes well under a minute. ALLIV_FUZZ=100 makes a longer one: so many cases for each operation, and every boundary value.
"""

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from media.tests.pictures import photo
from tests.processes import one_process, signed_in

pytestmark = [pytest.mark.integration, pytest.mark.slow]

EXAMPLES = int(os.environ.get("ALLIV_FUZZ", "0"))
# They would end what the run lives from: the sessions, and Ana's conversation with Ben.
LEFT_OUT = ("sign_out_everywhere", "end_session", "unmatch", "block")
CONFIGURATION = """
[auth.wfc]
path = "{auth}"
peers = ["ana", "cleo"]

[checks]
# Right by its schema and still refused: a code that was not mailed, a member nobody is.
positive_data_acceptance.enabled = false
# Numbers are taken for text and text for numbers; a request id that does not fit is replaced, not refused.
negative_data_rejection.enabled = false
"""


def configuration(auth: Path, objects: dict[str, str]) -> str:
    """With the ids of real objects, so that requests reach what they are about."""
    dictionaries = [f'[dictionaries.{name}]\nvalues = ["{value}"]' for name, value in objects.items()]
    bindings = [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}' for name in objects]
    return "\n".join([CONFIGURATION.format(auth=auth), *dictionaries, "[parameters]", *bindings])


def meet(ana: httpx.Client, ben: httpx.Client) -> dict[str, str]:
    """Ana and Ben are matched and have talked, and Ana has a photo: what there is to reach for, by its name in addresses."""
    for one, other in ((ana, ben), (ben, ana)):
        target = other.get("/api/me").json()["id"]
        liked = one.post("/api/swipes", json={"target": target, "action": "like"})
        assert liked.status_code == 201, liked.text
    match = liked.json()["match"]
    message = ana.post(f"/api/chat/rooms/{match['room']}/messages", json={"client_id": str(uuid4()), "body": "Hello"})
    picture = ana.post("/api/photos", files={"file": ("me.jpg", photo())})
    assert (message.status_code, picture.status_code) == (201, 201)
    return {
        "match_id": match["id"],
        "room_id": match["room"],
        "message_id": message.json()["id"],
        "photo_id": picture.json()["id"],
        "member_id": match["member"]["id"],
    }


def identities(people: dict[str, httpx.Client]) -> str:
    headers = {name: {"name": "Authorization", "value": client.headers["Authorization"]} for name, client in people.items()}
    return json.dumps({"auth": [{"name": name, "fixedHeaders": [header]} for name, header in headers.items()]})


def schemathesis(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A run with what `folder` holds."""
    left_out = [word for name in LEFT_OUT for word in ("--exclude-operation-id", name)]
    amount = ["--max-examples", str(EXAMPLES)] if EXAMPLES else ["--max-examples", "8", "--phases", "fuzzing,stateful"]
    return subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", f"{url}/api/schema/", "--url", url]
        + [*left_out, *amount, "--continue-on-failure", "--no-color", "--no-shrink"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=3600,
    )


def test_nothing_breaks_and_nobody_reaches_what_is_not_theirs(tmp_path: Path) -> None:
    with one_process(tmp_path) as url, ExitStack() as clients:
        people = {name: clients.enter_context(signed_in(url, name)) for name in ("ana", "ben", "cleo", "sam")}
        objects = meet(people["ana"], people.pop("ben"))
        (tmp_path / "auth.json").write_text(identities(people))
        (tmp_path / "schemathesis.toml").write_text(configuration(tmp_path / "auth.json", objects))
        outcome = schemathesis(url, tmp_path)
    (tmp_path / "outcome.txt").write_text(outcome.stdout)
    assert outcome.returncode == 0, outcome.stdout[-6000:]
    generated = re.search(r"(\d+) generated", outcome.stdout)
    assert generated
    assert int(generated[1]) >= 300
