"""Is a conversation stored once, without a hole, and closed to those it is closed to? Two people are made up and rolled back."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid4

from django.db.models import UUIDField
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Member, Profile
from accounts.privacy.registry import covered
from chat import selectors, services
from chat.models import Message
from matching import selectors as matching
from matching import services as likes
from ops.drilling import Trial, drill, raised, undone


def somebody(name: str) -> Member:
    email = f"{name.lower()}-{uuid4().hex[:8]}@drill.invalid"
    member = Member.objects.create_user(email, birthdate=date(1990, 1, 1), email_verified_at=timezone.now())
    Profile.objects.filter(member=member).update(name=name)
    return member


def matched(one: Member, other: Member) -> UUID:
    """Two likes; the conversation they make."""
    likes.swipe(one, other.pk, "like")
    match = likes.swipe(other, one.pk, "like")[1]
    assert match
    return match.pk


@drill("chat")
def conversation() -> Iterator[Trial]:
    with undone():
        ana, ben, cleo = somebody("Ana"), somebody("Ben"), somebody("Cleo")
        room, client_id = matched(ana, ben), uuid4()
        first = services.send_message(ana, room, client_id=client_id, body="one")
        again = services.send_message(ana, room, client_id=client_id, body="one")
        yield Trial("what is sent twice is stored once", (True, False, first.message), (first.fresh, again.fresh, again.message))
        services.send_message(ben, room, client_id=uuid4(), body="two")
        services.edit_message(ana, room, UUID(first.message["id"]), "one, better")
        view = selectors.room_for(ben, room)
        page = selectors.catch_up(view, after=0, limit=100)
        yield Trial("events have numbers without a hole", (3, [2, 3]), (view.head, sorted(message["seq"] for message in page["results"])))
        yield Trial("an edit is what everybody reads", "one, better", page["results"][-1]["body"])
        yield Trial("a stranger finds no such room", "RoomNotFound", raised(lambda: selectors.room_for(cleo, room)))
        accounts.block(ben, ana.pk)
        yield Trial(
            "a block closes it to both",
            ["RoomNotFound"] * 2,
            [raised(lambda: selectors.room_for(ana, room)), raised(lambda: selectors.room_for(ben, room))],
        )
    yield Trial("nothing of it stays", 0, Message.objects.filter(room_id=room).count())


@drill("privacy")
def leaving() -> Iterator[Trial]:
    with undone():
        ana, ben, cleo = somebody("Ana"), somebody("Ben"), somebody("Cleo")
        room = matched(ana, ben)
        services.send_message(ana, room, client_id=uuid4(), body="hello")
        accounts.block(cleo, ana.pk)
        yield Trial("who blocks is not seen", "NotFound", raised(lambda: matching.visible_profile(ana, cleo.pk)))
        yield Trial("nor sees", "NotFound", raised(lambda: matching.visible_profile(cleo, ana.pk)))
        Profile.objects.filter(member=cleo).update(visibility="hidden")
        yield Trial("who hides is not seen by strangers", "NotFound", raised(lambda: matching.visible_profile(ben, cleo.pk)))
        key = ana.pk
        accounts.erase_member(ana)
        yield Trial("who leaves leaves no row behind", [], traces(key))
        yield Trial("and the conversation is gone for the other", "RoomNotFound", raised(lambda: selectors.room_for(ben, room)))


def traces(key: UUID) -> list[str]:
    """Every column that holds a member's id, and this one still."""
    named = [(model, model._meta.get_field(column)) for model, column in covered]
    columns = [(model, column) for model, column in named if column.related_model is Member or isinstance(column, UUIDField)]
    found = [
        f"{model._meta.label}.{column.name}" for model, column in columns if model._default_manager.filter(**{column.name: key}).exists()
    ]
    return sorted(found)
