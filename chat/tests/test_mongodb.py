"""What is different with the log in MongoDB. Collected with ALLIV_TEST_LOG=mongodb only: `.ci/test` runs it so.

Without MONGODB_TEST_URL the server is an emulator from a wheel (secantusdb), and what passes here has passed there.
"""

import io
import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import bson
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client

from accounts.privacy import archive
from chat import log, moving, places, services, threads, writer
from chat.frames import Edit, Send
from chat.log import Change, Stored
from chat.models import LogHome, Message, Room
from chat.places import MAIN, MONGODB
from chat.tests.cast import Cast
from chat.tests.server import wait_until
from ops import health, jobs
from ops.backup import documents
from ops.errors import Unavailable
from tests.factories import SAM, MemberFactory, ReportFactory
from tests.gate import Gate
from tests.patience import patient

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "mongodb"])]


def say(cast: Cast, body: str, client_id: UUID | None = None) -> Change:
    return Change(cast.ana.id, Send(cast.room, client_id or uuid4(), body))


def stored(changes: list[Change]) -> list[Stored]:
    outcomes = log.commit(changes).outcomes
    assert all(isinstance(outcome, Stored) for outcome in outcomes)
    return outcomes


def patiently(change: Change) -> Stored:
    """As a client does: what was not stored is sent again, as the same."""
    while True:
        try:
            return writer.write(change)
        except Unavailable:
            time.sleep(0.05)


def seqs(place: str) -> list[int]:
    return sorted(Message.objects.using(place).values_list("seq", flat=True))


def move(to: str) -> dict[str, int]:
    out = io.StringIO()
    call_command("move_message_log", "--to", to, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(moving.move, "__kwdefaults__", {**moving.move.__kwdefaults__, "grace": 0.0})


def test_messages_are_documents_with_the_id_in_its_place(live_cast: Cast) -> None:
    said = stored([say(live_cast, "hello")])[0].message
    document = places.collection().find_one()
    assert UUID(document["_id"]) == UUID(said["id"])
    assert "id" not in document
    assert Message.objects.using(MAIN).count() == 0
    again = stored([say(live_cast, "hello", UUID(said["client_id"]))])[0]
    assert (again.fresh, again.message) == (False, said)


def test_the_indexes_are_those_of_the_model(live_cast: Cast) -> None:
    places.prepare()
    found = {name: (list(index["key"]), index.get("unique", False)) for name, index in places.collection().index_information().items()}
    for constraint in Message._meta.constraints:
        keys, unique = found[constraint.name]
        assert unique
        assert keys[0] == ("room_id", 1)
        assert {name for name, _ in keys} == set(constraint.fields)


def test_killed_between_the_log_and_the_commit_there_is_neither_a_hole_nor_a_double(
    live_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the transaction fails after the log was written; `manage.py drill mongodb` kills whole processes there."""
    chance, whole, said = random.Random(7), log.write, {}
    for number in range(60):
        changes = [say(live_cast, f"{number}") for _ in range(chance.randint(1, 3))]
        if said and chance.random() < 0.5:
            changes.append(Change(live_cast.ana.id, Edit(live_cast.room, chance.choice(list(said.values())), f"edited {number}")))
        monkeypatch.setattr(log, "write", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            log.commit(changes)
        monkeypatch.setattr(log, "write", whole)
        for outcome in stored(changes):  # whoever was not answered asks again
            said[outcome.message["client_id"]] = UUID(outcome.message["id"])
    rows = list(Message.objects.using(MONGODB).all())
    assert len(rows) == len(said) == len({row.client_id for row in rows})
    room = Room.objects.get(pk=live_cast.room)
    assert room.head == max(row.seq for row in rows)
    edits = {row.seq for row in rows if row.seq != row.position}
    assert {row.position for row in rows} | edits <= set(range(1, room.head + 1))
    assert room.last_position == max(row.position for row in rows)
    assert len({row.position for row in rows}) == len(rows)


def test_a_write_that_breaks_off_leaves_no_hole(live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    order = places.in_order
    monkeypatch.setattr(places, "in_order", lambda made, changed: order(made, changed)[:2])
    monkeypatch.setattr(log, "write", lambda *args, **kwargs: 1 / 0)
    changes = [say(live_cast, str(number)) for number in range(5)]
    with pytest.raises(ZeroDivisionError):
        log.commit(changes)
    assert seqs(MONGODB) == [1, 2]
    monkeypatch.undo()
    assert [outcome.message["seq"] for outcome in stored(changes)] == [1, 2, 3, 4, 5]
    assert seqs(MONGODB) == [1, 2, 3, 4, 5]


def test_the_log_moves_both_ways_while_its_members_write(live_cast: Cast) -> None:
    stored([say(live_cast, str(number)) for number in range(250)])
    over, sent = threading.Event(), []

    def write() -> None:
        while not over.is_set():
            sent.append(patiently(say(live_cast, f"live {len(sent)}")))
            if len(sent) % 3 == 0:
                patiently(Change(live_cast.ana.id, Edit(live_cast.room, UUID(sent[-1].message["id"]), f"edited {len(sent)}")))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for place in (MAIN, MONGODB, MAIN):
            time.sleep(0.2)
            assert move(place)["rooms"] == 1
            assert Room.objects.get().place == LogHome.objects.get().place == place
            assert Message.objects.using(moving.other(place)).count() == 0
    finally:
        over.set()
        thread.join()
        writer.stop()
    assert len(sent) > 10
    assert Message.objects.using(MAIN).count() == 250 + len(sent)
    positions = set(Message.objects.using(MAIN).values_list("position", flat=True))
    edits = {row.seq for row in Message.objects.using(MAIN).all() if row.edited_at}
    assert positions | edits | {number for number in range(1, Room.objects.get().head + 1) if number in positions} == positions | edits
    assert Room.objects.get().head == max(positions | edits)


def test_a_move_that_was_cut_off_is_finished_by_the_next(live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    stored([say(live_cast, str(number)) for number in range(120)])
    before, whole, calls = moving.summary(None, MONGODB), moving.put, []

    def once(rows: list[Message], to: str) -> None:
        calls.append(len(rows))
        if len(calls) == 2:
            raise KeyboardInterrupt
        whole(rows, to)

    monkeypatch.setattr(moving, "CHUNK", 50)
    monkeypatch.setattr(moving, "put", once)
    with pytest.raises(KeyboardInterrupt):
        move(MAIN)
    assert Room.objects.get().place == MONGODB
    assert Message.objects.using(MAIN).count() == 50
    monkeypatch.setattr(moving, "put", whole)
    assert move(MAIN) == {"to": MAIN, "rooms": 1, "messages": 120, "discarded": 120, "dry_run": False}
    assert moving.summary(None, MAIN) == before


def test_a_copy_that_differs_is_made_anew(live_cast: Cast) -> None:
    stored([say(live_cast, str(number)) for number in range(5)])
    message = Message.objects.using(MONGODB).order_by("seq").last()
    message.body = "something else"
    message.save(using=MAIN, force_insert=True)
    before = moving.summary(None, MONGODB)
    move(MAIN)
    assert moving.summary(None, MAIN) == before


def test_who_leaves_takes_the_documents_along(live_cast: Cast) -> None:
    stored([say(live_cast, "mine")])
    told = archive.data_of(live_cast.ana.member)["tables"]["chat.message"]
    assert [row["body"] for row in told] == ["mine"]
    live_cast.ana.member.delete()
    assert Message.objects.using(MONGODB).exists()
    assert places.sweep(dry_run=True) == 1
    assert places.sweep(dry_run=False) == 1
    assert not Message.objects.using(MONGODB).exists()


# --- While it is away ---


def lead(host: str, seconds: int) -> None:
    """The way to MongoDB from here on. Threads keep the client they know, which is closed: those that wait for work have to end first."""
    writer.stop()
    threads.pool().shutdown()
    threads.pool.cache_clear()
    mongodb = connections[MONGODB]
    mongodb.close_pool()
    mongodb.settings_dict["HOST"] = host
    mongodb.settings_dict["OPTIONS"]["serverSelectionTimeoutMS"] = seconds * 1000


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Between this process and MongoDB."""
    before = connections[MONGODB].settings_dict["HOST"]
    parts = urlsplit(before)
    gate = Gate(parts.hostname or "127.0.0.1", parts.port or 27017)
    gate.open()
    lead(f"mongodb://127.0.0.1:{gate.port}/?directConnection=true", 1)
    yield gate
    gate.close()
    gate.open()
    wait_until(lambda: not places.link.broken)
    lead(before, 5)
    connections[MONGODB].connect()  # the tests behind this one are not all allowed to
    gate.close()


def test_while_mongodb_is_away_chat_says_so_and_the_rest_works(live_cast: Cast, gate: Gate) -> None:
    stored([say(live_cast, "before")])
    room = f"/api/chat/rooms/{live_cast.room}"
    gate.close()
    for answer in (live_cast.ana.api.get(f"{room}/messages"), live_cast.ana.api.get("/api/chat/rooms"), post(live_cast.ana.api, room)):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert live_cast.ana.api.get("/api/me").status_code == 200
    [match] = live_cast.ana.api.get("/api/matches").json()["results"]
    assert (match["last_message"], match["unread"]) == (None, 0)
    health._last = None
    check = health.readiness().body["checks"]["mongodb"]
    assert (check["status"], check["code"]) == ("degraded", "refused")
    gate.open()
    back = time.monotonic()
    while post(live_cast.ana.api, room).status_code != 201:
        assert time.monotonic() - back < patient(5)
        time.sleep(0.1)
    assert [row["body"] for row in live_cast.ana.api.get(f"{room}/messages").json()["results"]] == ["before", "hello"]


def post(api: Client, room: str) -> object:
    body = {"client_id": "0b7e5c9e-6f6c-4f5e-8f0e-7d6f0f6d6c11", "body": "hello"}
    return api.post(f"{room}/messages", body, content_type="application/json")


def test_what_somebody_left_waits_for_mongodb_to_come_back(live_cast: Cast, gate: Gate) -> None:
    stored([say(live_cast, "mine")])
    services.erase_conversations(live_cast.ana.member)
    gate.close()
    jobs.run_due()
    gate.open()
    wait_until(lambda: not places.link.broken)
    jobs.Job.objects.update(due_at="2020-01-01T00:00:00Z")
    jobs.run_due()
    assert not Message.objects.using(MONGODB).exists()


def test_a_backup_has_the_documents_and_brings_them_back(live_cast: Cast, tmp_path: Path) -> None:
    stored([say(live_cast, str(number)) for number in range(20)])
    before, told = moving.summary(None, MONGODB), documents.dump(tmp_path)
    [path] = documents.files(tmp_path)
    with path.open("rb") as file:
        assert len(list(bson.decode_file_iter(file))) == told["mongodb.chat_message"].rows == 20
    assert documents.restored_tables(tmp_path) == told
    assert documents.collections() == ["chat_message"]
    Message.objects.using(MONGODB).all().delete()
    documents.restore(tmp_path)
    assert moving.summary(None, MONGODB) == before
    assert "chat_message_seq" in places.collection().index_information()


@pytest.fixture
def moderator(live_cast: Cast) -> Client:
    """Sam, with a report about what Ana said."""
    ReportFactory(reporter=live_cast.ben.member, subject=live_cast.ana.member)
    client = Client()
    client.force_login(MemberFactory(**SAM))
    return client


def test_moderators_read_the_evidence_wherever_it_is(live_cast: Cast, moderator: Client) -> None:
    stored([say(live_cast, "an insult")])
    for place in (MONGODB, MAIN, MONGODB):
        move(place)
        page = moderator.get(f"/admin/chat/room/{live_cast.room}/change/").content.decode()
        assert "an insult" in page
        assert "Nothing was said" not in page


def test_the_first_page_of_the_staff_counts_both_places_and_comes_without_one(live_cast: Cast, moderator: Client, gate: Gate) -> None:
    stored([say(live_cast, "one"), say(live_cast, "two")])
    assert messages_today(moderator) == 2
    move(MAIN)
    assert messages_today(moderator) == 2
    gate.close()
    assert messages_today(moderator) is None
    assert moderator.get(f"/admin/chat/room/{live_cast.room}/change/").status_code == 200  # it is not there any more


def messages_today(client: Client) -> float | None:
    cache.clear()
    [chart] = [chart for chart in client.get("/admin/").context["charts"] if chart.title == "Messages"]
    return chart.bars[-1].value
