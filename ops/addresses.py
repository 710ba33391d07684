"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

LOOPBACK_6 = "::/64"  # what `address_of` makes of ::1


def address_of(request: HttpRequest) -> str:
    """Who asks, as far as a network tells: an IPv4 address or an IPv6 /64.

    X-Forwarded-For is read from its right end, as many steps as there are trusted proxies; what a client wrote in front of
    that is never believed.
    """
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    seen = forwarded[-trusted] if trusted and len(forwarded) >= trusted else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{seen}/64", strict=False)) if address.version == 6 else seen


def place_in_words(request: HttpRequest) -> str:
    """Where a request comes from as far as its address tells, coarsely enough to be kept: a home is one of 256 behind these words."""
    seen = address_of(request)
    network = ipaddress.ip_network(f"{seen}/24" if "." in seen else seen, strict=False) if seen != "unknown" else None
    if network is None:
        return ""
    if network.is_loopback or seen == LOOPBACK_6:
        return str(_("this computer"))
    if network.is_private:
        return str(_("a local network"))
    return str(_("network %(address)s") % {"address": network.network_address})
