"""Do limits hold when many come at once, and when the cache is gone?"""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from uuid import uuid4

from django.conf import settings
from django.test.utils import override_settings

from ops import limits
from ops.drilling import Trial, drill
from ops.errors import TooMany

RULE, AT_ONCE = "login", 50


@drill("limits")
def trials() -> Iterator[Trial]:
    allowed = limits.RULES[RULE].limit
    with override_settings(LIMITS_ENABLED=True):
        yield Trial(f"of {AT_ONCE} sign-ins at once {allowed} pass", allowed, passed(RULE))
        with nobody_answers():
            yield Trial("without a cache sign-in holds more strictly", allowed // 2, passed(RULE))
            yield Trial("without a cache the rest holds in this process", AT_ONCE, passed("search"))
        yield Trial("with the cache back it counts there again", allowed, passed(RULE))


def passed(rule: str) -> int:
    """How many of many simultaneous uses of a new key pass."""
    key = f"drill {uuid4()}"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda _: passes(rule, key), range(AT_ONCE)))


def passes(rule: str, key: str) -> bool:
    try:
        limits.take(rule, key)
    except TooMany:
        return False
    return True


@contextmanager
def nobody_answers() -> Iterator[None]:
    """The cache is at an address where nobody listens."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        gone = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{free.getsockname()[1]}/0"}
        with override_settings(CACHES={**settings.CACHES, "default": gone}):
            yield
    limits.ask_again()
