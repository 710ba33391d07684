"""Counting many uses with one question: a script in Redis for a whole group, or a dictionary where there is no Redis.

For what happens hundreds of times a second, where `limits.count` would ask Redis twice for each. A window begins with its first use. When
Redis does not answer, this process counts alone for a few seconds before it asks again.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis

log = logging.getLogger("alliv.limits")
WAIT_SECONDS, TRY_AGAIN_SECONDS = 0.5, 5.0
OPTIONS: dict[str, Any] = {"socket_timeout": WAIT_SECONDS, "socket_connect_timeout": WAIT_SECONDS}
MAX_WINDOWS = 100_000
SCRIPT = """
local counts = {}
for place, key in ipairs(KEYS) do
  local count = redis.call('INCRBY', key, ARGV[2 * place - 1])
  if count == tonumber(ARGV[2 * place - 1]) then redis.call('EXPIRE', key, ARGV[2 * place]) end
  counts[2 * place - 1], counts[2 * place] = count, redis.call('TTL', key)
end
return counts
"""


class Use(NamedTuple):
    """`amount` uses of what `key` names, counted in windows of `seconds`."""

    key: str
    amount: int
    seconds: int


class Count(NamedTuple):
    """Uses in the current window, these included, and the seconds until the next one."""

    used: int
    reset: int


class Here:
    """The windows of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.windows: dict[str, tuple[float, int]] = {}

    def add(self, uses: Sequence[Use]) -> list[Count]:
        with self.lock:
            now = time.monotonic()
            if len(self.windows) > MAX_WINDOWS:
                self.windows = {key: window for key, window in self.windows.items() if window[0] > now}
            return [self.add_one(use, now) for use in uses]

    def add_one(self, use: Use, now: float) -> Count:
        end, used = self.windows.get(use.key, (0.0, 0))
        if end <= now:
            end, used = now + use.seconds, 0
        self.windows[use.key] = (end, used + use.amount)
        return Count(used + use.amount, max(1, int(end - now)))


here = Here()
_down_until = 0.0
_of_loops: "WeakKeyDictionary[asyncio.AbstractEventLoop, Any]" = WeakKeyDictionary()  # each loop's script, with its connection


@lru_cache(maxsize=1)
def script(url: str) -> Any:
    return Redis.from_url(url, **OPTIONS).register_script(SCRIPT)


def add(uses: Sequence[Use]) -> list[Count]:
    """Counts all of them and tells each one's count. Never raises."""
    if not may_ask_redis():
        return here.add(uses)
    try:
        return as_counts(script(settings.REDIS_URL)(*words(uses)))
    except RedisError as error:
        return add_without(uses, error)


async def add_soon(uses: Sequence[Use]) -> list[Count]:
    """`add` on an event loop, which `leave` has to be called on in the end."""
    if not may_ask_redis():
        return here.add(uses)
    loop = asyncio.get_running_loop()
    try:
        if loop not in _of_loops:
            _of_loops[loop] = AsyncRedis.from_url(settings.REDIS_URL, **OPTIONS).register_script(SCRIPT)
        return as_counts(await _of_loops[loop](*words(uses)))
    except Exception as error:  # the client of asyncio raises more kinds than its own
        return add_without(uses, error)


async def leave() -> None:
    """Ends the running loop's connection."""
    if own := _of_loops.pop(asyncio.get_running_loop(), None):
        with suppress(RedisError, OSError):
            await own.registered_client.aclose()


def may_ask_redis() -> bool:
    return bool(settings.REDIS_URL) and time.monotonic() >= _down_until


def add_without(uses: Sequence[Use], error: Exception) -> list[Count]:
    global _down_until
    log.warning("Redis does not answer: messages are counted in this process", extra={"error": type(error).__name__})
    _down_until = time.monotonic() + TRY_AGAIN_SECONDS
    return here.add(uses)


def words(uses: Sequence[Use]) -> tuple[list[str], list[str | int]]:
    """The script's keys and arguments."""
    return [f"alliv:tally:{use.key}" for use in uses], [word for use in uses for word in use[1:]]


def as_counts(told: Sequence[int]) -> list[Count]:
    return [Count(used, max(1, reset)) for used, reset in zip(told[::2], told[1::2], strict=True)]
