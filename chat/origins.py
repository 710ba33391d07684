"""Which page opened a socket: the Origin of a handshake, compared letter by letter with this site's own.

Browsers write an origin in one way only: scheme and host in small letters, the port unless it is the scheme's own, and nothing else.
Whatever is written in another way was not written by the browser of one of our pages, so it is not interpreted but refused.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

DEFAULT_PORTS = {"http": "80", "https": "443"}
LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]
HOST = re.compile(r"(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")

Scope = Mapping[str, Any]


def values_of(scope: Scope, name: str) -> list[str]:
    """All values of a header; `name` in small letters."""
    return [value.decode("latin-1") for key, value in scope.get("headers", []) if key.lower() == name.encode()]


def is_own_origin(scope: Scope) -> bool:
    """Whether a page of this site opened the socket: by the host the request names, or by the public address behind a proxy."""
    origins = values_of(scope, "origin")
    return len(origins) == 1 and origins[0] in {public_origin(), requested_origin(scope)} - {None}


def public_origin() -> str | None:
    parts = urlsplit(settings.PUBLIC_URL)
    return as_written(parts.scheme, parts.netloc.lower())


def requested_origin(scope: Scope) -> str | None:
    """The origin of pages at the address that this request went to; None when that is not one of ours."""
    hosts = values_of(scope, "host")
    host = hosts[0].lower() if len(hosts) == 1 else ""
    match = HOST.fullmatch(host)
    allowed = settings.ALLOWED_HOSTS or (LOCAL_HOSTS if settings.DEBUG else [])
    if match is None or not validate_host(match["name"], allowed):
        return None
    return as_written({"ws": "http", "wss": "https"}.get(scope.get("scheme", "ws"), "http"), host)


def as_written(scheme: str, host: str) -> str | None:
    """As browsers write it; None for what cannot be a site's address."""
    match = HOST.fullmatch(host)
    if match is None or scheme not in DEFAULT_PORTS:
        return None
    port = (match["port"] or "").lstrip("0")
    return f"{scheme}://{match['name']}" + (f":{port}" if port and port != DEFAULT_PORTS[scheme] else "")
