"""The frame around every page, and the pages that belong to no app."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ops.context import request_id


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the base template shows around every page."""
    return {
        "request_id": request_id(),
        "debug_mail": settings.DEV_MAIL,
        "theme": request.COOKIES.get("theme", "auto"),
    }


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/403.html", {"reason": "csrf"}, status=403)
