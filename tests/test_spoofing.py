"""What a client writes about itself is not believed: through a real server, because a test client has no proxy in front."""

import os
from pathlib import Path

import httpx
import pytest

from tests.processes import manage, serving

pytestmark = pytest.mark.slow


def test_a_spoofed_address_gains_nothing(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    env = {**kept, "VAR_DIR": str(tmp_path), "DEBUG": "1", "LIMITS_ENABLED": "1"}
    manage("migrate", "-v0", env=env)
    with serving(env, tmp_path / "log") as url, httpx.Client(base_url=url) as client:
        body = {"email": "nobody@example.org", "password": "wrong"}
        answers = [
            client.post("/api/auth/login", json=body, headers={"X-Forwarded-For": f"8.8.8.{step}"}).status_code for step in range(12)
        ]
    assert answers == [401] * 5 + [429] * 7
