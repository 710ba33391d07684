"""The log: numbers without holes, every message once, and nobody harmed by what is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.services import block
from chat import services
from chat.errors import MessageNotFound, RoomNotFound, TooLate
from chat.frames import Delete, Edit, Read, Send
from chat.log import Change, Marked, Outcome, Stored, commit, show_all
from chat.models import Membership, Message, Room
from chat.tests.cast import Cast, Person, close_account, matched, person
from matching.models import Match
from media.models import Photo
from ops.errors import Invalid, Problem

pytestmark = pytest.mark.integration


def one(change: Change) -> Outcome:
    return commit([change]).outcomes[0]


def say(cast: Cast, who: Person, body: str = "hi", **fields: Any) -> Change:
    return Change(who.id, Send(fields.get("room", cast.room), fields.get("client_id") or uuid4(), body, fields.get("photo")))


def stored(outcome: Outcome) -> Stored:
    assert isinstance(outcome, Stored), outcome
    return outcome


def test_messages_are_numbered_in_their_order(cast: Cast) -> None:
    committed = commit([say(cast, cast.ana, "one"), say(cast, cast.ben, "two"), say(cast, cast.ana, "three")])
    assert [stored(outcome).message["seq"] for outcome in committed.outcomes] == [1, 2, 3]
    room = Room.objects.get(pk=cast.room)
    assert (room.head, room.last_position) == (3, 3)
    assert [event[0] for letter in committed.letters if letter["type"] == "room" for event in letter["events"]] == [1, 2, 3]


def test_a_retry_gets_the_same_answer(cast: Cast) -> None:
    change = say(cast, cast.ana)
    first = stored(one(change))
    again = commit([change, change])
    assert (first.fresh, [stored(outcome).fresh for outcome in again.outcomes]) == (True, [False, False])
    assert [stored(outcome).message for outcome in again.outcomes] == [first.message] * 2
    assert again.letters == []


def test_a_retry_within_its_own_group_is_stored_once(cast: Cast) -> None:
    change = say(cast, cast.ana)
    outcomes = [stored(outcome) for outcome in commit([change] * 50).outcomes]
    assert [outcome.fresh for outcome in outcomes] == [True] + [False] * 49
    assert Message.objects.count() == 1


def test_a_client_id_belongs_to_its_sender_and_room(cast: Cast) -> None:
    client_id = uuid4()
    other = matched(cast.ana, cast.cleo).pk
    changes = [
        say(cast, cast.ana, client_id=client_id),
        say(cast, cast.ben, client_id=client_id),
        say(cast, cast.ana, client_id=client_id, room=other),
    ]
    assert [stored(outcome).fresh for outcome in commit(changes).outcomes] == [True, True, True]


def test_an_edit_takes_a_new_seq_and_keeps_its_position(cast: Cast) -> None:
    message = stored(one(say(cast, cast.ana, "helo"))).message
    one(say(cast, cast.ben))
    edited = stored(one(Change(cast.ana.id, Edit(cast.room, UUID(message["id"]), "hello")))).message
    assert (edited["position"], edited["seq"], edited["body"]) == (1, 3, "hello")
    assert edited["edited_at"] is not None
    assert Room.objects.get(pk=cast.room).last_position == 2


def test_an_edit_that_changes_nothing_is_none(cast: Cast) -> None:
    message = stored(one(say(cast, cast.ana, "hello"))).message
    committed = commit([Change(cast.ana.id, Edit(cast.room, UUID(message["id"]), "hello"))])
    assert (stored(committed.outcomes[0]).fresh, committed.letters) == (False, [])


def test_a_deletion_leaves_nothing_but_its_place(cast: Cast) -> None:
    message = stored(one(say(cast, cast.ana, "secret"))).message
    deletion = Change(cast.ana.id, Delete(cast.room, UUID(message["id"])))
    gone = stored(one(deletion)).message
    assert (gone["position"], gone["seq"], gone["body"], gone["deleted"]) == (1, 2, "", True)
    assert not stored(one(deletion)).fresh
    assert isinstance(one(Change(cast.ana.id, Edit(cast.room, UUID(message["id"]), "back"))), MessageNotFound)
    assert not Message.objects.filter(body__contains="secret").exists()


def test_sent_edited_and_deleted_within_one_group(cast: Cast) -> None:
    change = say(cast, cast.ana, "one")
    message = stored(one(change)).message
    edit, deletion = Edit(cast.room, UUID(message["id"]), "two"), Delete(cast.room, UUID(message["id"]))
    committed = commit([change, Change(cast.ana.id, edit), Change(cast.ana.id, deletion), change])
    assert [stored(outcome).message["seq"] for outcome in committed.outcomes] == [1, 2, 3, 3]
    assert [stored(outcome).message["body"] for outcome in committed.outcomes] == ["one", "two", "", ""]


def test_only_the_sender_changes_a_message(cast: Cast) -> None:
    message = UUID(stored(one(say(cast, cast.ana))).message["id"])
    assert isinstance(one(Change(cast.ben.id, Edit(cast.room, message, "mine"))), MessageNotFound)
    assert isinstance(one(Change(cast.ben.id, Delete(cast.room, message))), MessageNotFound)
    assert isinstance(one(Change(cast.ana.id, Delete(cast.room, uuid4()))), MessageNotFound)


def test_a_message_is_edited_for_fifteen_minutes(cast: Cast) -> None:
    message = UUID(stored(one(say(cast, cast.ana))).message["id"])
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=14, seconds=50))
    assert isinstance(one(Change(cast.ana.id, Edit(cast.room, message, "in time"))), Stored)
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=15, seconds=1))
    assert isinstance(one(Change(cast.ana.id, Edit(cast.room, message, "too late"))), TooLate)
    assert isinstance(one(Change(cast.ana.id, Delete(cast.room, message))), Stored)


def test_read_marks_go_forward_and_not_past_the_head(cast: Cast) -> None:
    commit([say(cast, cast.ana), say(cast, cast.ana)])
    marks = [one(Change(cast.ben.id, Read(cast.room, seq))) for seq in (1, 0, 9, 2)]
    assert marks == [Marked(1), Marked(1), Marked(2), Marked(2)]
    assert Membership.objects.get(room_id=cast.room, member_id=cast.ben.id).read_seq == 2
    assert commit([Change(cast.ben.id, Read(cast.room, 2))]).letters == []


# --- Who is refused ---


def unmatched(cast: Cast) -> None:
    services.close_room(Match.objects.get(pk=cast.room))


def blocked(cast: Cast) -> None:
    block(cast.ben.member, cast.ana.id)


def sender_suspended(cast: Cast) -> None:
    type(cast.ana.member).objects.filter(pk=cast.ana.id).update(suspended_at=timezone.now())


def peer_suspended(cast: Cast) -> None:
    type(cast.ben.member).objects.filter(pk=cast.ben.id).update(suspended_at=timezone.now())


def peer_closed(cast: Cast) -> None:
    close_account(cast.ben)


@pytest.mark.parametrize("end", [unmatched, blocked, sender_suspended, peer_suspended, peer_closed])
def test_a_room_that_ended_takes_nothing(cast: Cast, end: Callable[[Cast], None]) -> None:
    message = UUID(stored(one(say(cast, cast.ana))).message["id"])
    end(cast)
    acts = [say(cast, cast.ana).frame, Edit(cast.room, message, "x"), Delete(cast.room, message), Read(cast.room, 1)]
    assert [type(outcome) for outcome in commit([Change(cast.ana.id, act) for act in acts]).outcomes] == [RoomNotFound] * 4


def test_the_stranger_is_refused_and_harms_nobody(cast: Cast) -> None:
    message = UUID(stored(one(say(cast, cast.ana))).message["id"])
    changes = [
        say(cast, cast.ana, "before"),
        say(cast, cast.cleo),
        Change(cast.cleo.id, Edit(cast.room, message, "x")),
        Change(cast.cleo.id, Delete(cast.room, message)),
        Change(cast.cleo.id, Read(cast.room, 1)),
        say(cast, cast.ana, room=uuid4()),
        say(cast, cast.sam),
        say(cast, cast.ben, "after"),
    ]
    outcomes = commit(changes).outcomes
    assert [isinstance(outcome, RoomNotFound) for outcome in outcomes] == [False, True, True, True, True, True, True, False]
    assert [stored(outcomes[place]).message["seq"] for place in (0, 7)] == [2, 3]


# --- Photos ---


def photo_of(who: Person, status: str = "ready") -> Photo:
    return Photo.objects.create(member=who.member, position=0, key=uuid4().hex, width=3, height=2, digest="", status=status, alt="A cat")


def test_a_photo_of_ones_own_goes_along(cast: Cast) -> None:
    photo = photo_of(cast.ana)
    message = stored(one(say(cast, cast.ana, photo=photo.pk))).message
    assert message["photo"] is not None
    assert message["photo"].keys() == {"id", "urls", "width", "height", "alt"}
    assert show_all(list(Message.objects.all())) == [message]
    photo.delete()
    assert show_all(list(Message.objects.all()))[0]["photo"] is None


def test_no_photo_of_others(cast: Cast) -> None:
    hidden = photo_of(cast.cleo, "hidden")
    for photo in (photo_of(cast.ben).pk, hidden.pk, uuid4()):
        assert isinstance(one(say(cast, cast.ana, photo=photo)), Invalid)


# --- A group ---


def test_a_group_needs_the_same_queries_however_large(cast: Cast) -> None:
    rooms = [cast.room, *(matched(cast.ana, person(f"Peer {number}")).pk for number in range(5))]

    def cost(size: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            commit([say(cast, cast.ana, room=rooms[number % len(rooms)]) for number in range(size)])
        return len(queries)

    assert cost(6) == cost(60)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["send", "retry", "edit", "delete", "read"]),
        st.sampled_from(["ana", "ben", "cleo"]),
        st.integers(0, 5),
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=5).filter(str.strip),
    ),
    max_size=30,
)


class Model:
    """What the log should hold, told without a database."""

    def __init__(self) -> None:
        self.head = 0
        self.messages: dict[tuple[str, UUID], dict[str, Any]] = {}

    def next(self) -> int:
        self.head += 1
        return self.head

    def send(self, who: str, client_id: UUID, body: str) -> None:
        if (who, client_id) not in self.messages:
            seq = self.next()
            self.messages[who, client_id] = {"sender": who, "body": body, "position": seq, "seq": seq, "deleted": False}

    def edit(self, message: dict[str, Any], body: str) -> None:
        if not message["deleted"] and message["body"] != body:
            message.update(body=body, seq=self.next())

    def delete(self, message: dict[str, Any]) -> None:
        if not message["deleted"]:
            message.update(body="", deleted=True, seq=self.next())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, groups=st.lists(st.integers(1, 8), max_size=30))
def test_any_interleaving_tells_the_same_story(db: None, acts: list[tuple[str, str, int, str]], groups: list[int]) -> None:
    """Whatever is sent, retried, edited and deleted, in groups of any size: the log is what the model says, and gapless."""
    people = {name: person(name) for name in ("ana", "ben", "cleo")}
    room = matched(people["ana"], people["ben"]).pk
    client_ids = [uuid4() for _ in range(6)]
    model, told = Model(), {}
    changes: list[Change] = []
    queue = list(groups)

    def flush() -> None:
        committed = commit(changes)
        changes.clear()
        for letter in committed.letters:
            assert letter["type"] == "room"
            for event in letter["events"]:
                assert event.seq == len(told) + 1
                told[event.seq] = event.text

    def ids() -> dict[tuple[str, UUID], UUID]:
        names = {people[name].id: name for name in people}
        return {(names[row.sender_id], row.client_id): row.pk for row in Message.objects.filter(room_id=room)}

    for kind, who, number, body in acts:
        member, client_id, text = people[who].id, client_ids[number], body.strip()
        if kind in ("send", "retry"):
            changes.append(Change(member, Send(room, client_id, text)))
            if who != "cleo":
                model.send(who, client_id, text)
        elif kind == "read":
            changes.append(Change(member, Read(room, number)))
        else:
            flush()  # a client edits what it knows the id of
            author = who if number % 2 else "ana"
            known = ids().get((author, client_id), uuid4())
            changes.append(Change(member, Edit(room, known, text) if kind == "edit" else Delete(room, known)))
            if who == author and (who, client_id) in model.messages:
                message = model.messages[who, client_id]
                model.edit(message, text) if kind == "edit" else model.delete(message)
        if len(changes) >= (queue[0] if queue else 1):
            queue[:1] = []
            flush()
    flush()

    assert Room.objects.get(pk=room).head == model.head == len(told)
    names = {str(people[name].id): name for name in people}
    kept = [
        {"sender": names[row["sender"]], **{name: row[name] for name in ("body", "position", "seq", "deleted")}}
        for row in show_all(list(Message.objects.filter(room_id=room).order_by("position")))
    ]
    assert kept == sorted(model.messages.values(), key=lambda message: int(message["position"]))


def test_a_problem_is_an_outcome_of_its_own(cast: Cast) -> None:
    outcomes = commit([say(cast, cast.cleo), say(cast, cast.ana)]).outcomes
    assert isinstance(outcomes[0], Problem)
    assert isinstance(outcomes[1], Stored)
