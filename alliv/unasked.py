"""What browsers and crawlers ask for at the root, whether a page names it or not."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

# The front page, signing up and in, and the developers' pages are for everybody to find; what is here is not.
PRIVATE = (
    "accounts/logout", "accounts/passkey", "accounts/reset", "accounts/social", "accounts/verify", "admin", "api", "counts", "dev/",
    "discover", "exports", "health", "inbox", "invitations", "language", "mails", "matches", "members", "metrics", "nearby", "onboarding",
    "photos", "safety", "settings", "theme", "ws",
)  # fmt: skip
KEPT_SECONDS = 24 * 3600


@cache_control(public=True, max_age=KEPT_SECONDS)
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: /{name}" for name in PRIVATE)]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@cache_control(public=True, max_age=KEPT_SECONDS)
def favicon(request: HttpRequest) -> HttpResponse:
    """As PNG: who asks without having read a page may not know SVG."""
    return HttpResponse(icon(), content_type="image/png")


@cache
def icon() -> bytes:
    found = finders.find("icon-192.png")
    assert isinstance(found, str)
    return Path(found).read_bytes()
