"""Addresses of photos and of uploads: signed, good for a while, without any header.

A photo's address is the same for everybody and changes every 7½ minutes, so browsers keep what they have fetched. None works longer
than a quarter of an hour: who was blocked, or kept an address, soon sees nothing, because profiles give them no new one.
"""

import base64
import time
from collections.abc import Iterable
from urllib.parse import urlencode

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

STEP_SECONDS = 450


def now() -> int:
    return int(time.time())


def signature(what: str, until: int) -> str:
    digest = salted_hmac("media.addresses", f"{what} {until}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()


def signed(path: str, what: str, until: int) -> str:
    return f"{path}?{urlencode({'until': until, 'sig': signature(what, until)})}"


def seconds_left(what: str, until: str, given: str) -> int:
    """How long an address may still be used; 0 for one that ran out or is not ours."""
    if not (until.isascii() and until.isdecimal()) or len(until) > 12 or not constant_time_compare(given, signature(what, int(until))):
        return 0
    return max(0, int(until) - now())


def photo_addresses(key: str, variants: Iterable[str]) -> dict[str, str]:
    """Of these variants of one photo, such as `page.webp`: one signature is enough for all of them."""
    until = (now() // STEP_SECONDS + 2) * STEP_SECONDS
    query = signed("", key, until)
    return {variant: f"{settings.MEDIA_URL}{key}/{variant}{query}" for variant in variants}
