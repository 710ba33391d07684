"""Reading rooms and their messages, always as one member may."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum

from accounts.models import Member, Profile, Session
from accounts.sessions import note_used
from chat import frames, places
from chat.errors import RoomNotFound
from chat.frames import MAX_RESUMED_EVENTS
from chat.log import message_text, show_all
from chat.models import Membership, Message
from chat.statements import Prepared, ask
from matching import selectors as matching
from matching.models import Match
from ops.errors import Unavailable

MAX_COUNTED_ROOMS = 100


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room from one member's side."""

    id: UUID
    peer_id: UUID
    head: int
    last_position: int
    read_seq: int
    peer_read_seq: int


class RoomDict(TypedDict):
    id: str
    match: str
    peer: matching.Card
    head: int
    read_seq: int
    peer_read_seq: int
    unread: int
    last_message: frames.Message | None


class MatchDict(TypedDict):
    id: str
    member: matching.Card
    room: str
    score: float
    matched_at: str
    last_message: frames.Message | None
    unread: int


class MessagesDict(TypedDict):
    results: list[frames.Message]
    has_more: bool
    head: int


# --- Doors ---


def open_memberships() -> QuerySet[Membership]:
    """Memberships of rooms that are open, both members being in good standing."""
    return Membership.objects.filter(Member.good_standing("member__"), Member.good_standing("peer__"), room__closed_at=None)


def rooms_by_activity(member: Member) -> QuerySet[Membership]:
    """A member's rooms, to be turned into views by `views_of`."""
    return open_memberships().filter(member=member).annotate(active_at=F("room__active_at")).order_by("-active_at", "-room_id")


def views_of(rows: Iterable[Membership]) -> list[RoomView]:
    """Views of these memberships in their order, in one query."""
    ids = [row.pk for row in rows]
    found = {row_id: view for row_id, _, view in read_views(open_memberships().filter(id__in=ids))}
    return [found[row_id] for row_id in ids if row_id in found]


def view_columns(rows: QuerySet[Membership]) -> QuerySet[Membership, tuple[Any, ...]]:
    """Membership id, member id, and what makes a view."""
    theirs = Membership.objects.filter(room=OuterRef("room"), member=OuterRef("peer")).values("read_seq")
    return rows.values_list("id", "member_id", "room_id", "peer_id", "room__head", "room__last_position", "read_seq", Subquery(theirs))


def read_views(rows: QuerySet[Membership]) -> list[tuple[UUID, UUID, RoomView]]:
    """Membership id, member id and view."""
    return [(row_id, member_id, RoomView(*view)) for row_id, member_id, *view in view_columns(rows)]


def room_for(member: Member, room_id: UUID) -> RoomView:
    """The door: a room this member may enter now. Raises RoomNotFound for all others alike."""
    found = read_views(open_memberships().filter(member=member, room_id=room_id))
    if not found:
        raise RoomNotFound
    return found[0][2]


# What hubs ask for again and again: of these sessions those that may still be used; of these members all rooms, who of them hides, and of
# each how many rooms there are and the sum of their heads.
usable_sessions = Prepared(
    lambda ids: Session.objects.filter(Member.good_standing("member__"), id__in=ids, ended_at=None).values_list("id")
)
rooms_of_members = Prepared(lambda ids: view_columns(open_memberships().filter(member_id__in=ids)))
hiding_members = Prepared(lambda ids: Profile.objects.filter(member_id__in=ids, show_presence=False).values_list("member_id"))
sums_of_members = Prepared(
    lambda ids: (
        open_memberships()
        .filter(member_id__in=ids)
        .values_list("member_id")
        .annotate(rooms=Count("id"), heads=Sum("room__head"))
        .order_by()
    )
)


@dataclass(frozen=True, slots=True)
class Look:
    """What is true now of some sockets: which of their sessions may still be used, their members' rooms, and who hides."""

    sessions: set[UUID]
    rooms: dict[UUID, dict[UUID, RoomView]]
    hiding: set[UUID]


def look(session_ids: Iterable[UUID], member_ids: Iterable[UUID]) -> Look:
    members = list(member_ids)
    sessions, rooms, hiding = ask((usable_sessions, list(session_ids)), (rooms_of_members, members), (hiding_members, members))
    views: dict[UUID, dict[UUID, RoomView]] = {}
    for _, member_id, *columns in rooms:
        view = RoomView(*columns)
        views.setdefault(member_id, {})[view.id] = view
    return Look({row[0] for row in sessions}, views, {row[0] for row in hiding})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who may open a socket, unless they are not verified; and the rooms they come for, each with whom it is shared."""

    session_id: UUID
    member_id: UUID
    is_verified: bool
    rooms: dict[UUID, UUID]


open_sessions = Prepared(
    lambda ids: Session.objects.filter(Member.not_barred("member__"), id__in=ids, ended_at=None).values_list(
        "id", "member_id", "member__email_verified_at", "last_used_at"
    )
)
rooms_of_sessions = Prepared(
    lambda ids: open_memberships().filter(member__sessions__in=ids).values_list("member__sessions", "room_id", "peer_id")
)


def visitors(session_ids: Iterable[UUID]) -> dict[UUID, Visitor]:
    """By session, those whose session may still be used, which is now noted."""
    ids = list(session_ids)
    sessions, rooms = ask((open_sessions, ids), (rooms_of_sessions, ids))
    found = {session_id: Visitor(session_id, member_id, verified_at is not None, {}) for session_id, member_id, verified_at, _ in sessions}
    for session_id, room_id, peer_id in rooms:
        if session_id in found:
            found[session_id].rooms[room_id] = peer_id
    note_used({session_id: used_at for session_id, *_, used_at in sessions})
    return found


@dataclass(frozen=True, slots=True)
class Glance:
    """Enough to see that nothing changed: the usable sessions, and of every member how many rooms and the sum of their heads."""

    sessions: set[UUID]
    sums: dict[UUID, tuple[int, int]]


def glance(session_ids: Iterable[UUID], member_ids: Iterable[UUID]) -> Glance:
    """A look that costs one row a member instead of one a room."""
    sessions, sums = ask((usable_sessions, list(session_ids)), (sums_of_members, list(member_ids)))
    return Glance({row[0] for row in sessions}, {member_id: (rooms, int(heads)) for member_id, rooms, heads in sums})


# --- Messages ---


def events_after(room_id: UUID, after: int) -> list[tuple[int, str]]:
    """The events of a room behind `after` as frames' texts, ascending; at most 500 and one to show that there are more."""
    return texts(places.messages({room_id: {"seq__gt": after}}, order="seq", limit=MAX_RESUMED_EVENTS + 1))


def texts(rows: Iterable[Message]) -> list[tuple[int, str]]:
    return [(message["seq"], message_text(message)) for message in show_all(list(rows))]


def missed_events(lasts: dict[UUID, int]) -> dict[UUID, list[tuple[int, str]]]:
    """What follows the given seq in each room, ascending, in one query. The caller has seen to it that this is little."""
    missed: dict[UUID, list[tuple[int, str]]] = {room_id: [] for room_id in lasts}
    rows = places.messages({room_id: {"seq__gt": last} for room_id, last in lasts.items()}, order="seq")
    for message in show_all(rows):
        missed[UUID(message["room"])].append((message["seq"], message_text(message)))
    return missed


def catch_up(view: RoomView, *, after: int, limit: int) -> MessagesDict:
    """Messages whose latest event is behind `after`, by seq, ascending."""
    rows = places.messages({view.id: {"seq__gt": after}}, order="seq", limit=limit + 1)
    return page(view, rows[:limit], has_more=len(rows) > limit)


def history(view: RoomView, *, before: int | None = None, limit: int) -> MessagesDict:
    """The messages in front of position `before`, or the latest; ascending by position."""
    earlier = {} if before is None else {"position__lt": before}
    found = places.messages({view.id: earlier}, order="-position", limit=limit + 1)
    return page(view, found[:limit][::-1], has_more=len(found) > limit)


def page(view: RoomView, rows: Sequence[Message], *, has_more: bool) -> MessagesDict:
    return {"results": show_all(rows), "has_more": has_more, "head": view.head}


def last_messages(views: Iterable[RoomView]) -> dict[UUID, frames.Message]:
    """Each room's latest message, in one query and one for photos."""
    spoken = {view.id: {"position": view.last_position} for view in views if view.last_position}
    return {UUID(message["room"]): message for message in show_all(places.messages(spoken))}


def unread_counts(member_id: UUID, views: Iterable[RoomView]) -> dict[UUID, int]:
    """How many messages of the other member are behind the read mark; rooms without any are missing."""
    behind = {view.id: {"position__gt": view.read_seq} for view in views if view.last_position > view.read_seq}

    def counted(rows: QuerySet[Message], ids: list[UUID]) -> Iterable[tuple[UUID, int]]:
        unread = rows.filter(places.any_of({key: behind[key] for key in ids}), deleted_at=None).exclude(sender_id=member_id)
        return unread.values_list("room_id").annotate(count=Count("id")).order_by()

    return dict(places.read(behind, counted))


def last_and_unread(member_id: UUID, views: Collection[RoomView]) -> tuple[dict[UUID, frames.Message], dict[UUID, int]]:
    """Both, or neither while the log does not answer: matches are there without it."""
    try:
        return last_messages(views), unread_counts(member_id, views)
    except Unavailable:
        return {}, {}


def unread_total(member: Member) -> int:
    """Unread messages in a member's hundred most recent unread rooms: enough for a badge."""
    rows = rooms_by_activity(member).filter(room__last_position__gt=F("read_seq"))[:MAX_COUNTED_ROOMS]
    try:
        return sum(unread_counts(member.pk, [view for _, _, view in read_views(rows)]).values())
    except Unavailable:
        return 0  # every page has the badge, and none shall fail for it


# --- What REST, pages and sockets show ---


def show_rooms(member: Member, views: Sequence[RoomView]) -> list[RoomDict]:
    """Rooms with peer, last message and unread count; the same number of queries however many."""
    cards = matching.cards(member, [view.peer_id for view in views])
    last, unread = last_messages(views), unread_counts(member.pk, views)
    return [
        {
            "id": str(view.id),
            "match": str(view.id),
            "peer": cards[view.peer_id],
            "head": view.head,
            "read_seq": view.read_seq,
            "peer_read_seq": view.peer_read_seq,
            "unread": unread.get(view.id, 0),
            "last_message": last.get(view.id),
        }
        for view in views
        if view.peer_id in cards
    ]


def open_matches(member: Member) -> QuerySet[Match]:
    """A member's matches whose room is open to them."""
    rooms = open_memberships().filter(member=member).values("room_id")
    return matching.current_matches(member).filter(id__in=rooms)


def match_for(member: Member, match_id: UUID) -> Match:
    """Raises RoomNotFound: a match and its room are one thing."""
    match = open_matches(member).filter(id=match_id).first()
    if match is None:
        raise RoomNotFound
    return match


def show_matches(member: Member, matches: Sequence[Match]) -> list[MatchDict]:
    """Matches with card, score, last message and unread count; the same number of queries however many."""
    rows = open_memberships().filter(member=member, room_id__in=[match.pk for match in matches])
    views = {view.id: view for _, _, view in read_views(rows)}
    peers = [view.peer_id for view in views.values()]
    cards, scores = matching.cards(member, peers), matching.pair_scores(member, peers)
    last, unread = last_and_unread(member.pk, views.values())
    return [
        {
            "id": str(match.pk),
            "member": cards[peer_id],
            "room": str(match.pk),
            "score": scores[peer_id],
            "matched_at": frames.moment(match.created_at),
            "last_message": last.get(match.pk),
            "unread": unread.get(match.pk, 0),
        }
        for match in matches
        if match.pk in views and (peer_id := views[match.pk].peer_id) in cards
    ]


def show_match(member_id: UUID, match_id: UUID) -> MatchDict:
    """One match as its member sees it. Raises RoomNotFound."""
    member = Member.objects.get(pk=member_id)
    shown = show_matches(member, [match_for(member, match_id)])
    if not shown:
        raise RoomNotFound
    return shown[0]
