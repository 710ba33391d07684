"""The one door to limits on use: counted in the shared cache by django-ratelimit's core, for REST, pages and sockets alike.

Windows are fixed and begin at a different moment for every key. Counting is one atomic increment, so no number of
simultaneous requests passes more than the limit. When the cache does not answer, each process counts alone: sign-in and its like
half as much, so that several processes together give little more, everything else as much as ever.
"""

import hashlib
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ops import tallies
from ops.addresses import address_of
from ops.errors import TooMany
from ops.tallies import Count, Use

log = logging.getLogger("alliv.limits")


@dataclass(frozen=True)
class Rule:
    """`limit` uses in `seconds`; `guarded` rules hold, more strictly, without a cache."""

    limit: int
    seconds: int
    guarded: bool = False


RULES = {
    "anonymous": Rule(60, 60),
    "member": Rule(600, 60),
    "login": Rule(5, 300, guarded=True),
    "login_address": Rule(30, 300, guarded=True),
    "register": Rule(3, 900, guarded=True),
    "passwords": Rule(10, 300, guarded=True),
    "recovery_codes": Rule(10, 3600, guarded=True),
    "codes": Rule(3, 60, guarded=True),
    "code_mails": Rule(20, 24 * 3600, guarded=True),
    "uploads": Rule(10, 3600),
    "reports": Rule(20, 3600),
    "exports": Rule(5, 3600),
    "search": Rule(60, 60),
    "messages": Rule(30, 10),
    "messages_a_day": Rule(500, 24 * 3600),  # in one room
}


@dataclass(frozen=True)
class Usage:
    """How much of a rule one key has used, this time included; `reset` in seconds."""

    rule: str
    limit: int
    seconds: int
    used: int
    reset: int

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers."""
        left = max(0, self.limit - self.used)
        return {"RateLimit-Policy": f'"{self.rule}";q={self.limit};w={self.seconds}', "RateLimit": f'"{self.rule}";r={left};t={self.reset}'}


SILENCE_SECONDS = 5.0
_asked_again_at = 0.0


def count(name: str, key: str) -> Usage | None:
    """Counts one use; None where limits are off.

    A cache that did not answer is left alone for some seconds: waiting for it costs a second, and every request counts several times.
    """
    global _asked_again_at
    if not settings.LIMITS_ENABLED:
        return None
    rule = RULES[name]
    if time.monotonic() < _asked_again_at:
        return count_here(name, key)
    request = SimpleNamespace(method="GET")
    try:
        usage = get_usage(request, group=name, key=lambda group, request: key, rate=(rule.limit, rule.seconds), increment=True)
    except Exception as error:  # whatever the cache's client raises when its server is gone
        _asked_again_at = time.monotonic() + SILENCE_SECONDS
        log.warning("the cache does not answer: limits are counted in this process", extra={"rule": name, "error": type(error).__name__})
        return count_here(name, key)
    return Usage(name, rule.limit, rule.seconds, usage["count"], max(1, usage["time_left"]))


def ask_again() -> None:
    """Forgets that the cache did not answer."""
    global _asked_again_at
    _asked_again_at = 0.0


def count_here(name: str, key: str) -> Usage:
    """In this process alone; a guarded rule gives half as much."""
    rule, cache = RULES[name], caches["here"]
    place = hashlib.sha256(f"{name} {key}".encode()).hexdigest()  # what people type is no key of a cache
    cache.add(place, 0, rule.seconds)
    limit = max(1, rule.limit // 2) if rule.guarded else rule.limit
    return Usage(name, limit, rule.seconds, cache.incr(place), rule.seconds)


def count_many(uses: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], Usage]:
    """Counts many uses, by rule and key, with one question. Without Redis this process counts alone."""
    return as_usages(uses, tallies.add(as_uses(uses)))


async def count_many_soon(uses: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], Usage]:
    """`count_many` for the event loop."""
    return as_usages(uses, await tallies.add_soon(as_uses(uses)))


def as_uses(uses: Mapping[tuple[str, str], int]) -> list[Use]:
    return [Use(f"{name}:{key}", amount, RULES[name].seconds) for (name, key), amount in uses.items()]


def as_usages(uses: Iterable[tuple[str, str]], counts: Iterable[Count]) -> dict[tuple[str, str], Usage]:
    return {
        (name, key): Usage(name, RULES[name].limit, RULES[name].seconds, count.used, count.reset)
        for (name, key), count in zip(uses, counts, strict=True)
    }


def take(name: str, key: str) -> Usage | None:
    """Counts one use. Raises TooMany when it is one too many."""
    usage = count(name, key)
    if usage is not None and usage.exceeded:
        raise TooMany(retry_after=usage.reset)
    return usage


def key_of(request: HttpRequest | Request) -> str:
    """The member when signed in, else the address."""
    user = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else address_of(request)


def count_refusal(request: Request) -> None:
    """Counts a request that was refused before it came to the limits, as one without a valid token is. Raises TooMany."""
    if hasattr(request._request, "rate_limit_headers"):
        return
    user = getattr(request, "_user", None)  # as far as it was found: asking for it would be another look at the token
    signed_in = user is not None and user.is_authenticated
    spend(request, "member" if signed_in else "anonymous", str(user.pk) if signed_in and user else address_of(request))


def spend(request: Request, name: str, key: str) -> None:
    """Counts one use, and tells the answer what is left. Raises TooMany."""
    usage = take(name, key)
    if usage is not None:
        request._request.rate_limit_headers = usage.headers  # type: ignore[attr-defined]


class RequestLimit(BaseThrottle):
    """Counts every API request, and what a view names in `limits` on top. Answers say what is left of the last one."""

    def allow_request(self, request: Request, view: object) -> bool:
        signed_in = bool(request.user and request.user.is_authenticated)
        names: Sequence[str] = ["member" if signed_in else "anonymous", *getattr(view, "limits", ())]
        for name in names:
            spend(request, name, key_of(request))
        return True
