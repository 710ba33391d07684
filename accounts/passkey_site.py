"""Which host passkeys belong to here, and where they work when they do not: browsers know none on addresses of numbers."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from accounts.mfa.passkeys import Site


def site_of(request: HttpRequest) -> Site:
    """The host of this request, which settings allow; its scheme may be hidden by a proxy, and PUBLIC_URL tells it."""
    own = f"{request.scheme}://{request.get_host()}"
    return Site(urlsplit(own).hostname or "", frozenset([own, *settings.CSRF_TRUSTED_ORIGINS]))


def where(request: HttpRequest) -> dict[str, Any]:
    """For a page with a passkey's form: whether it can work on this host, and where else this computer has the same page."""
    own = urlsplit(request.build_absolute_uri())
    try:
        address = ip_address(own.hostname or "")
    except ValueError:
        return {"passkeys_work": True}
    port = f":{own.port}" if own.port else ""
    return {"passkeys_elsewhere": own._replace(netloc=f"localhost{port}").geturl() if address.is_loopback else ""}
