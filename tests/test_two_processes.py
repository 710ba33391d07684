"""What one process is told, the other knows within a second."""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.patience import patient
from tests.processes import signed_in, two_processes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("ALLIV_TEST_SERVICES") == "none", reason="two processes need PostgreSQL and Redis"),
]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with two_processes(tmp_path_factory.mktemp("two")) as urls:
        yield urls


SignIn = Callable[[str, str], httpx.Client]


@pytest.fixture
def sign_in() -> Iterator[SignIn]:
    """Clients that are closed when the test ends."""
    with ExitStack() as stack:
        yield lambda url, name: stack.enter_context(signed_in(url, name))


def within_a_second(look: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + patient(1)
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.02)
    return False


def test_a_matrix_edit_in_one_process_ranks_in_the_other(both: tuple[str, str], sign_in: SignIn) -> None:
    sam, ana = sign_in(both[0], "sam"), sign_in(both[1], "ana")
    before = ana.get("/api/discover").json()["results"][0]["matrix_version"]
    edit = sam.post("/api/admin/skill-compatibility", json={"skill_a": "Design", "skill_b": "Backend", "score": 0.5})
    assert edit.status_code in {200, 201}
    assert within_a_second(lambda: ana.get("/api/discover").json()["results"][0]["matrix_version"] == before + 1)


def test_a_profile_edit_in_one_process_is_shown_by_the_other(both: tuple[str, str], sign_in: SignIn) -> None:
    ben, ana = sign_in(both[0], "ben"), sign_in(both[1], "ana")
    ana.get("/api/discover")
    assert ben.patch("/api/me", json={"hours_per_week": 1, "headline": "Changed just now"}).status_code == 200

    def seen() -> bool:
        cards = {row["member"]["name"]: row for row in ana.get("/api/discover?limit=100").json()["results"]}
        ben_card = next(row for name, row in cards.items() if name.startswith("Ben "))
        time_part = next(part for part in ben_card["explanation"] if part["factor"] == "availability")
        return ben_card["member"]["headline"] == "Changed just now" and time_part["value"] == 0.35

    assert within_a_second(seen)


def test_a_block_in_one_process_hides_in_the_other(both: tuple[str, str], sign_in: SignIn) -> None:
    cleo, ben = sign_in(both[0], "cleo"), sign_in(both[1], "ben")
    ids = {client: client.get("/api/me").json()["id"] for client in (cleo, ben)}

    def sees_cleo() -> bool:
        return ids[cleo] in {row["member"]["id"] for row in ben.get("/api/discover?limit=100").json()["results"]}

    assert sees_cleo()
    assert cleo.post("/api/blocks", json={"member": ids[ben]}).status_code == 201
    assert within_a_second(lambda: not sees_cleo())
    assert ben.get(f"/api/compatibility/{ids[cleo]}").status_code == 404
    assert cleo.delete(f"/api/blocks/{ids[ben]}").status_code == 204
    assert within_a_second(sees_cleo)


def socket_of(url: str, client: httpx.Client) -> ClientConnection:
    ticket = client.post("/api/chat/ticket").json()["ticket"]
    return connect(f"{url.replace('http', 'ws', 1)}/ws/chat?ticket={ticket}", compression=None)


def awaited(socket: ClientConnection, kind: str) -> dict[str, object]:
    deadline = time.monotonic() + patient(5)
    while time.monotonic() < deadline:
        frame: dict[str, object] = json.loads(socket.recv(timeout=patient(5)))
        if frame["type"] == kind:
            return frame
    raise AssertionError(f"no {kind} frame came")


def test_a_message_crosses_processes(both: tuple[str, str], sign_in: SignIn) -> None:
    ana, cleo = sign_in(both[0], "ana"), sign_in(both[1], "cleo")
    ids = {client: client.get("/api/me").json()["id"] for client in (ana, cleo)}
    ana.post("/api/swipes", json={"target": ids[cleo], "action": "like"})
    with socket_of(both[0], ana) as near, socket_of(both[1], cleo) as far:
        awaited(near, "hello")
        awaited(far, "hello")
        match = cleo.post("/api/swipes", json={"target": ids[ana], "action": "like"}).json()["match"]
        awaited(near, "match")
        awaited(far, "match")
        near.send(json.dumps({"type": "send", "room": match["room"], "client_id": str(uuid.uuid4()), "body": "Across"}))
        started = time.monotonic()
        assert awaited(far, "message")["body"] == "Across"
        assert time.monotonic() - started < patient(1)
        assert awaited(near, "ack")["seq"] == 1
