"""Database work for the event loop, on a few threads of the chat's own.

Channels' `database_sync_to_async` shares one thread with everything in the process: a call of 5 ms would cap it at 200 a second.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache, partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, reset_queries

from ops import connections

THREADS = 4
P = ParamSpec("P")
T = TypeVar("T")


@lru_cache(maxsize=1)
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="alliv-chat")


os.register_at_fork(after_in_child=pool.cache_clear)


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    call = partial(copy_context().run, with_fresh_connection, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(pool(), call)


def with_fresh_connection(call: Callable[[], T]) -> T:
    reset_queries()  # with DEBUG each connection remembers thousands; requests forget theirs, nobody forgets ours
    close_old_connections()
    try:
        return call()
    except connections.LOST:
        connections.renew()  # whoever comes next shall not fail as well
        raise
    finally:
        close_old_connections()
