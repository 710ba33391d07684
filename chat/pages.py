"""The pages of the chat: the inbox and one conversation, which work without a line of JavaScript."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from rest_framework.request import Request

from accounts.models import Member
from accounts.views import member_of
from chat import frames, selectors, services
from chat.selectors import RoomView
from chat.views import LatestActivityFirst
from ops.errors import Invalid, Problem, TooMany, Unavailable

SHOWN_MESSAGES = 50


@dataclass(frozen=True)
class Draft:
    """What was not sent. It keeps its client_id: whether it was stored after all is not always known."""

    body: str
    client_id: UUID
    problem: Problem


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    member, pages = member_of(request), LatestActivityFirst()
    rows = pages.paginate_queryset(selectors.rooms_by_activity(member), Request(request)) or []
    rooms = selectors.show_rooms(member, selectors.views_of(rows))
    page = {"results": rooms, "next": pages.get_next_link(), "previous": pages.get_previous_link()}
    return render(request, "chat/inbox.html", {"page": page, "rooms": rooms})


@login_required
def room(request: HttpRequest, room_id: UUID) -> HttpResponse:
    view = selectors.room_for(member_of(request), room_id)
    if request.method == "POST":
        return post_message(request, view)
    return show_conversation(request, view)


def post_message(request: HttpRequest, view: RoomView) -> HttpResponse:
    """The form carries a client_id, so that posting it twice sends once."""
    written, client_id = request.POST.get("body", ""), uuid4()
    try:
        client_id = frames.read_uuid("client_id", request.POST.get("client_id"))
        services.send_message(member_of(request), view.id, client_id=client_id, body=frames.clean_body(written))
    except (Invalid, TooMany, Unavailable) as problem:
        return show_conversation(request, view, draft=Draft(written, client_id, problem))
    return redirect("room", view.id)


def show_conversation(request: HttpRequest, view: RoomView, draft: Draft | None = None) -> HttpResponse:
    """Showing it is reading it; the marks in the context are those of before, for the line above what is new."""
    member = member_of(request)
    before = page_before(request)
    page = selectors.history(view, before=before, limit=SHOWN_MESSAGES)
    context = {
        "room": selectors.show_rooms(member, [view])[0],
        "messages": page["results"],
        "first_unread": first_unread(member, view, page["results"]),
        "notices": get_messages(request),
        "me": str(member.pk),
        "has_more": page["has_more"],
        "first_position": page["results"][0]["position"] if page["results"] else 0,
        "before": before,
        "body": draft.body if draft else "",
        "error": draft.problem.detail if draft else "",
        "new_client_id": str(draft.client_id if draft else uuid4()),
    }
    if before is None and view.head > view.read_seq:
        with suppress(Unavailable):
            services.mark_read(member, view.id, view.head)
    return render(request, "chat/room.html", context, status=draft.problem.status if draft else 200)


def first_unread(member: Member, view: RoomView, messages: list[frames.Message]) -> int | None:
    """Where the line above what is new stands: nobody has to read their own words."""
    unread = (one["position"] for one in messages if one["position"] > view.read_seq and one["sender"] != str(member.pk))
    return next(unread, None)


def page_before(request: HttpRequest) -> int | None:
    word = request.GET.get("before", "")
    return min(int(word), frames.MAX_SEQ) if word.isascii() and word.isdigit() and len(word) < 20 else None
