"""The one entry point of a serving process: HTTP by Django, sockets by Channels, and what lives as long as the process."""

import asyncio
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alliv.settings")
http = get_asgi_application()

# What follows reads models, so it comes after Django is set up.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import close_old_connections  # noqa: E402
from django.urls import re_path  # noqa: E402

from alliv.api.bodies import bounded  # noqa: E402
from chat import hub  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402
from matching import matrix  # noqa: E402
from matching.ranking.loading import population  # noqa: E402
from matching.ranking.search import rehearse  # noqa: E402
from ops import draining, health, jobs  # noqa: E402

log = logging.getLogger("alliv")
SWITCH_SECONDS = 0.001  # how long a thread that computes may hold up the event loop; Python's own 5 ms show in the chat
WARM_SECONDS = 20.0  # so long a process that starts keeps its door closed at most
# Rubbish in circles is rare here, and to look for it means to look at every open socket: Python's own (700, 10, 10) does so all the time.
COLLECT_AFTER = (20_000, 20, 50)


async def lifespan(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Starts what runs beside requests, and ends it."""
    worker = jobs.WorkerThread() if os.environ.get("ALLIV_JOBS") == "1" else sweeper()
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            sys.setswitchinterval(SWITCH_SECONDS)
            gc.set_threshold(*COLLECT_AFTER)
            draining.announce_first()
            warming = threading.Thread(target=warm_up, name="alliv-warm-up", daemon=True)
            warming.start()
            if worker:
                worker.start()
            await ended(warming)
            await send({"type": "lifespan.startup.complete"})
        else:
            await hub.shutdown()
            if worker:
                worker.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


def sweeper() -> jobs.WorkerThread | None:
    """Where rq's workers do the jobs: offers those again that they forgot."""
    return jobs.WorkerThread(jobs.offer_overdue, pause=5.0) if settings.REDIS_URL else None


def warm_up() -> None:
    """Loads everybody and compiles what ranks them, so that the first visitor does not wait for it."""
    try:
        rehearse(population(), matrix.tables())
    except Exception:
        log.exception("could not load the population")
    finally:
        close_old_connections()
        gc.freeze()  # what is there now stays: no collection needs to look through it while somebody waits


async def ended(warming: threading.Thread) -> None:
    """Waits, but neither for ever nor when we are told to leave: a slow answer is better than none."""
    until = time.monotonic() + WARM_SECONDS
    while warming.is_alive() and not health.draining.is_set() and time.monotonic() < until:
        await asyncio.sleep(0.02)


async def nowhere(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """A socket to an address that is none is refused before it opens; Channels would take it for a failure of ours."""
    await receive()
    await send({"type": "websocket.close"})


sockets: list[Any] = [*websocket_urlpatterns, re_path("", nowhere)]  # type: ignore[arg-type]
application = ProtocolTypeRouter({"http": bounded(http), "websocket": URLRouter(sockets), "lifespan": lifespan})
