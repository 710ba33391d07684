"""Whatever two people do and however their connections come and go, what their clients built from events is what a fresh look shows."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chat.models import Message
from chat.tests.cast import assemble
from chat.tests.server import Chat, wait_until
from chat.tests.test_example import Running

pytestmark = [pytest.mark.integration, pytest.mark.slow]
WHO, WHICH = st.sampled_from(["ana", "ben"]), st.integers(0, 20)


class TwoClients(RuleBasedStateMachine):
    """Nothing waits for an answer: the next step may overtake it."""

    address = ""
    folder = Path()

    @initialize()
    def meet(self) -> None:
        self.cast = assemble()
        self.room = str(self.cast.room)
        self.people = {"ana": self.cast.ana, "ben": self.cast.ben}
        self.outboxes = {who: self.folder / f"{uuid4()}.json" for who in self.people}
        self.running: dict[str, Running] = {}
        self.known: dict[str, Any] = {}
        for who in self.people:
            self.connect(who)

    def connect(self, who: str) -> None:
        one = self.running[who] = Running(f"http://{self.address}", self.people[who], self.outboxes[who])
        one.client.messages, one.client.seqs = self.known.pop(who, ({}, {}))

    @rule(who=WHO, body=st.text(min_size=1, max_size=5).map(lambda text: f"x{text}"))
    def send(self, who: str, body: str) -> None:
        if who in self.running:
            self.running[who].send(self.room, body.encode(errors="replace").decode().replace("\0", "-"))

    @rule(who=WHO, which=WHICH, again=st.integers())
    def edit(self, who: str, which: int, again: int) -> None:
        self.change(who, which, "edit", body=f"edited {again}")

    @rule(who=WHO, which=WHICH)
    def delete(self, who: str, which: int) -> None:
        self.change(who, which, "delete")

    def change(self, who: str, which: int, kind: str, **fields: Any) -> None:
        """One of the messages of their own that this client knows by now."""
        if who in self.running:
            own = [message for message in list(self.running[who].client.messages.values()) if message["sender"] == str(self.people[who].id)]
            if own:
                self.running[who].do("say", kind, room=self.room, id=own[which % len(own)]["id"], **fields)

    @rule(who=WHO)
    def read(self, who: str) -> None:
        if who in self.running and self.room in self.running[who].client.seqs:
            self.running[who].do("read", self.room)

    @rule(who=WHO)
    def disconnect_or_resume(self, who: str) -> None:
        if who in self.running:
            one = self.running.pop(who)
            one.stop()
            self.known[who] = (one.client.messages, one.client.seqs)
        else:
            self.connect(who)

    @invariant()
    def nothing_is_doubled(self) -> None:
        for one in getattr(self, "running", {}).values():
            positions = [message["position"] for message in list(one.client.messages.values())]
            assert len(positions) == len(set(positions))

    def teardown(self) -> None:
        if not hasattr(self, "cast"):
            return
        try:
            for who in self.people.keys() - self.running.keys():
                self.connect(who)
            wait_until(lambda: not any(one.client.outbox for one in self.running.values()), 15)
            for who, one in self.running.items():
                wait_until(lambda: self.is_fresh(who, one), 15)  # noqa: B023
        finally:
            for one in self.running.values():
                one.stop()

    def is_fresh(self, who: str, one: Running) -> bool:
        """Whether the client holds what a new connection and a fetch of everything show."""
        with Chat(self.address, self.people[who]) as fresh:
            told = fresh.enter()["rooms"][self.room]
        page = self.people[who].api.get(f"/api/chat/rooms/{self.room}/messages?limit=100").json()
        assert Message.objects.filter(room_id=self.room).count() == len(page["results"]) <= 100
        state = {message["id"]: message for message in page["results"]}
        marks = {"mine": told["read_seq"], "theirs": told["peer_read_seq"]}
        client = one.client
        return bool(client.messages == state and client.seqs.get(self.room) == page["head"] and client.marks.get(self.room) == marks)


def test_state_from_events_is_the_state_fetched_fresh(server: str, tmp_path: Path) -> None:
    TwoClients.address, TwoClients.folder = server, tmp_path
    chosen = settings(max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(TwoClients, settings=chosen)
