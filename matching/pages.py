"""The pages of matching: Discover, a member, why you fit, invitations, and the two buttons that matter."""

from typing import Any, TypedDict
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect
from rest_framework.request import Request

from accounts import selectors as members
from accounts.models import Member, Profile
from accounts.pages import own_path
from accounts.views import member_of
from matching import embedding, presentation, profiles, safety, selectors, services
from matching.forms import FilterForm
from matching.models import Match, Swipe
from matching.serializers import SwipeBody
from matching.views import SuperLikesFirst, invitation_rows, links, read_cursor
from media.selectors import has_photo
from ops.errors import Invalid, NotFound


def own(request: HttpRequest) -> Profile:
    return members.with_card_parts(Profile.objects.filter(member=member_of(request))).get()


@login_required
def discover(request: HttpRequest) -> HttpResponse:
    viewer, profile = member_of(request), own(request)
    form = FilterForm(request.GET)
    wanted = form.wanted()
    found = selectors.discover(viewer, wanted.filters, limit=wanted.limit, counted=True, **read_cursor(wanted.cursor, request))
    context = {
        "form": form,
        "in_use": wanted.filters.in_use,
        "page": page_of(request, found, reading=embedding.is_reading(profile)),
        "total": found.total,
        "completeness": members.completeness(profile, has_photo=has_photo(viewer.pk)),
        "listed": members.is_listed(profile),
        "demanding": bool(profile.must_haves),
        "undoable": undoable(request),
        "last_version": found.matrix_version,
    }
    template = "matching/_results.html" if getattr(request, "htmx", False) else "matching/discover.html"
    response = render(request, template, context)
    # The list alone has the same address: no browser may keep it as the page.
    patch_vary_headers(response, ["HX-Request"])
    return response


def page_of(request: HttpRequest, found: selectors.DiscoverPage, *, reading: bool) -> dict[str, Any]:
    cards = [presentation.as_card(row["member"], row, reading=reading) for row in found.results]
    return {**links(Request(request), found), "results": cards}


class Decision(TypedDict):
    member: selectors.Card
    action: str


def undoable(request: HttpRequest) -> Decision | None:
    """What was decided last, while it can be taken back."""
    last = selectors.swipes_made(member_of(request)).order_by("-id").first()
    if last is None or last.target_id in selectors.matched_ids(member_of(request)):
        return None
    card = selectors.cards(member_of(request), [last.target_id]).get(last.target_id)
    return {"member": card, "action": last.action} if card else None


def back(request: HttpRequest, fallback: str = "discover") -> str:
    """The page of ours that the form named, or the usual one."""
    return own_path(request, request.POST.get("next", "")) or reverse(fallback)


@login_required
@require_POST
def swipe(request: HttpRequest) -> HttpResponse:
    body = SwipeBody(data={name: request.POST[name] for name in ("target", "action", "note") if name in request.POST})
    if not body.is_valid():
        raise Invalid
    values = body.validated_data
    _made, match = services.swipe(member_of(request), values["target"], values["action"], values.get("note") or "")
    if match is None:
        return redirect(back(request))
    return celebrate(request, match)


def celebrate(request: HttpRequest, match: Match) -> HttpResponse:
    peer = selectors.peer_id(match, member_of(request).pk)
    name = selectors.cards(member_of(request), [peer])[peer]["name"]
    messages.success(request, _("It is a match! You and %(name)s can talk now.") % {"name": name})
    there = reverse("room", args=[match.pk])
    # htmx would put the conversation into the list; it has to leave the page.
    return HttpResponseClientRedirect(there) if getattr(request, "htmx", False) else redirect(there)


def posted_id(request: HttpRequest, name: str) -> UUID:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise NotFound from None


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    services.undo(member_of(request), posted_id(request, "target"))
    return redirect(back(request))


@login_required
def member(request: HttpRequest, member_id: UUID) -> HttpResponse:
    return render(request, "matching/member.html", portrait(request, member_id))


@login_required
def why(request: HttpRequest, member_id: UUID) -> HttpResponse:
    if member_id == member_of(request).pk:
        return redirect("member", member_id)
    return render(request, "matching/why.html", portrait(request, member_id))


def portrait(request: HttpRequest, member_id: UUID) -> dict[str, Any]:
    """Everything the two pages about one member show. Raises NotFound."""
    viewer, profile = member_of(request), own(request)
    shown = profiles.profile_for(viewer, member_id)
    context: dict[str, Any] = {"profile": shown, "card": None, "hints": [], "relation": "self", "match": None}
    if member_id == viewer.pk:
        return context
    pair = selectors.pair(viewer, member_id)
    card = selectors.cards(viewer, [member_id])[member_id]
    missing = members.completeness(profile, has_photo=has_photo(viewer.pk))["missing"]
    relation, match = relation_of(viewer, member_id)
    shown_card = presentation.as_card(card, pair.explanation(), reading=presentation.is_reading(profile, pair.profile))
    said = presentation.compared(profile, shown)
    for part in shown_card["explanation"]:
        part["yours"], part["theirs"] = said[part["factor"]]
    return {
        **context,
        "card": shown_card,
        "hints": presentation.hints(pair.raises(), list(missing)),  # type: ignore[call-overload]
        "relation": relation,
        "match": match,
    }


def relation_of(viewer: Member, member_id: UUID) -> tuple[str, dict[str, str] | None]:
    for match in selectors.current_matches(viewer):
        if selectors.peer_id(match, viewer.pk) == member_id:
            return "matched", {"id": str(match.pk), "room": str(match.pk)}
    if Swipe.objects.filter(actor=viewer, target_id=member_id).exclude(action=Swipe.Action.PASS).exists():
        return "liked", None
    likes_you = selectors.open_likes(viewer).filter(actor_id=member_id).exists()
    return ("liked_you" if likes_you else "none"), None


@login_required
def invitations(request: HttpRequest) -> HttpResponse:
    viewer = member_of(request)
    pager = SuperLikesFirst()
    rows = pager.paginate_queryset(selectors.invitations(viewer), Request(request)) or []
    page = {"results": invitation_rows(viewer, rows), "next": pager.get_next_link(), "previous": pager.get_previous_link()}
    return render(request, "matching/invitations.html", {"page": page})


@login_required
@require_POST
def unmatch(request: HttpRequest, match_id: UUID) -> HttpResponse:
    services.unmatch(member_of(request), match_id)
    messages.success(request, _("You are no longer matched."))
    return redirect("matches")


@login_required
@require_POST
def block(request: HttpRequest, member_id: UUID) -> HttpResponse:
    safety.block(member_of(request), member_id)
    messages.success(request, _("You will not see one another again."))
    return redirect("discover")
