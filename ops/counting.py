"""How the database and the cache do, for `/metrics`: questions, connections of the pool, hits. Labels are words of ours, and few."""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.db.backends.base.base import BaseDatabaseWrapper
from prometheus_client import Counter, Gauge, Histogram

QUERIES = Histogram(
    "alliv_database_query_seconds", "Questions to the database.", ["database"], buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
)
FAILURES = Counter("alliv_database_errors_total", "Questions that the database did not answer.", ["database"])
POOL = Gauge(
    "alliv_database_connections", "Connections of the pool, when one was last taken out of it.", ["state"], multiprocess_mode="livesum"
)
ANSWERS = Counter("alliv_cache_answers_total", "What came of asking the shared cache.", ["result"])


def watch(sender: object, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Counts from now on what this connection is asked. Django makes one for each thread, and connects it anew for each request."""
    if timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(timed)
    pool = getattr(connection, "pool", None)
    if pool is not None:
        told = pool.get_stats()
        POOL.labels("used").set(told["pool_size"] - told["pool_available"])
        POOL.labels("idle").set(told["pool_available"])
        POOL.labels("asked for").set(told["requests_waiting"])


def timed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    name, began = context["connection"].alias, time.perf_counter()
    try:
        return execute(sql, params, many, context)
    except Exception:
        FAILURES.labels(name).inc()
        raise
    finally:
        QUERIES.labels(name).observe(time.perf_counter() - began)


class Counted:
    """A cache that counts hits, misses, writes and failures."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        found = self.counted("", "get", key, self, version)
        ANSWERS.labels("miss" if found is self else "hit").inc()
        return default if found is self else found

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self.counted("write", "set", *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self.counted("write", "add", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self.counted("write", "incr", *args, **kwargs)

    def counted(self, result: str, name: str, *args: Any, **kwargs: Any) -> Any:
        try:
            told = getattr(super(), name)(*args, **kwargs)
        except ValueError:
            raise  # there is no such key to count on
        except Exception:
            ANSWERS.labels("error").inc()
            raise
        if result:
            ANSWERS.labels(result).inc()
        return told


class CountedRedis(Counted, RedisCache): ...


class CountedMemory(Counted, LocMemCache): ...
