"""The frame around every page, the front page, and pages for what went wrong."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.i18n import set_language

from accounts.models import Member
from accounts.services import save_profile
from accounts.views import member_of
from chat.selectors import unread_total
from matching import selectors
from matching.presentation import anonymous, example_card
from matching.showcase import examples
from media.selectors import photos_of
from ops.context import request_id
from ops.errors import Problem

SHOWN_ERRORS = {400, 403, 404, 429, 500, 503}


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the base template shows around every page."""
    member = getattr(request, "user", None)
    around: dict[str, Any] = {
        "request_id": request_id(),
        "debug_mail": settings.DEV_MAIL,
        "theme": request.COOKIES.get("theme", "auto"),
        "viewer": None,
        "worker": not settings.DEBUG,
        "languages": settings.LANGUAGES,
    }
    if not isinstance(member, Member):
        return around
    photos = photos_of([member.pk]).get(member.pk)
    return {
        **around,
        "viewer": {"id": str(member.pk), "name": member.profile.name, "photo": photos[0] if photos else None, "is_staff": member.is_staff},
        "unread_total": unread_total(member),
        "invitations_total": selectors.invitations(member).count(),
    }


@login_required
def counts(request: HttpRequest) -> HttpResponse:
    """The numbers of the frame alone, for a page that stays open."""
    member = member_of(request)
    return JsonResponse({"unread": unread_total(member), "invitations": selectors.invitations(member).count()})


def choose_language(request: HttpRequest) -> HttpResponse:
    """Django's own for the browser; for who is signed in it is the language of mails as well."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        save_profile(member_of(request), {"mail_language": chosen})
    return set_language(request)


def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("discover")
    return render(request, "home.html", {"example": example_card(), "pairs": [anonymous(pair) for pair in examples()]})


class OwnTime:
    """Pages tell times in the member's zone. The API's are UTC for everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = None if request.path.startswith("/api/") else getattr(request, "user", None)
        zone = member.profile.timezone if isinstance(member, Member) and hasattr(member, "profile") else ""
        with timezone.override(zone or None):
            return self.get_response(request)


class ProblemPages:
    """Turns named failures of pages into something a person can read; the API has its own way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # With DEBUG Django would list every address there is; visitors of the embedded default are people, too.
        if settings.DEBUG and response.status_code == 404 and request.resolver_match is None and not request.path.startswith("/api/"):
            return error_page(request, 404)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if request.path.startswith("/api/"):
            return None
        if isinstance(error, Http404):
            return error_page(request, 404)
        if not isinstance(error, Problem):
            return None
        back = request.headers.get("Referer", "")
        if request.method == "POST" and error.status != 404 and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
            messages.error(request, error.detail)
            return redirect(back)
        return error_page(request, error.status, error.detail)


def error_page(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    shown = status if status in SHOWN_ERRORS else 400
    return render(request, f"errors/{shown}.html", {"detail": detail}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, 403)
