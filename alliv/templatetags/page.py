"""What templates need and Django's own filters do not do."""

import re
from datetime import datetime
from hashlib import blake2s
from typing import Any

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from accounts import countries
from accounts import languages as spoken
from alliv.static import JOINED, STYLE_SHEETS, HashedStaticFiles

TINTS = 6

register = template.Library()


@register.simple_tag
def style_sheets() -> SafeString:
    """One link to all of them where static files are hashed, else one for each as it lies in the source."""
    names = [JOINED] if isinstance(staticfiles_storage, HashedStaticFiles) else STYLE_SHEETS
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((staticfiles_storage.url(name),) for name in names))


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word of a name that begin with one."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0].upper() for word in dict.fromkeys([*words[:1], *words[-1:]]))


@register.filter
def tint(who: Any) -> int:
    """One of a few colours, the same for a member on every page."""
    return blake2s(str(who).encode(), digest_size=1).digest()[0] % TINTS


@register.filter
def country(code: str) -> str:
    return countries.names().get(code, code)


@register.filter
def languages(codes: list[str]) -> str:
    return ", ".join(spoken.named(codes))


@register.filter
def ticked(text: str) -> SafeString:
    """What stands between two backticks as code."""
    parts = enumerate(re.split(r"`([^`]+)`", text))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in parts))


@register.filter
def moment(at: datetime | str) -> datetime | None:
    """A datetime, or the text of one as the API writes it, in the reader's zone."""
    parsed = parse_datetime(at) if isinstance(at, str) else at
    return localtime(parsed) if parsed else None
