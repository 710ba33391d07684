"""The one way to start web and sockets."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from ops import arguments
from ops.exits import PRECONDITION
from ops.turns import one_at_a_time

DRAIN_SECONDS = 7
# Files of libraries that no page of ours loads.
UNUSED_STATIC = ["django_htmx", "rest_framework", "django_rq", "drf_spectacular"]


class Command(BaseCommand):
    help = "Serves pages, API and sockets. Outside of production mode it also runs the background jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_address(parser)
        parser.add_argument(
            "--workers", type=arguments.whole(1, 1000), default=1, help="How many processes answer; more than one needs Redis."
        )
        parser.add_argument("--no-jobs", action="store_true", help="Leave background jobs to others (rqworker), as in production mode.")

    def handle(self, *args: Any, host: str, port: int, workers: int, no_jobs: bool, **options: Any) -> None:
        if workers > 1 and not settings.REDIS_URL:
            raise CommandError("Several workers need Redis to hear of one another: set REDIS_URL.", returncode=PRECONDITION)
        require_free(host, port)
        require_connections(workers)
        if not settings.DEBUG:
            collect_static_files()
        os.environ["ALLIV_JOBS"] = "0" if no_jobs or settings.PRODUCTION else "1"
        os.environ["ALLIV_PROCESSES"] = str(workers)  # for the settings of the workers
        self.stderr.write(f"Alliv is at http://{host}:{port} (stop with Ctrl+C)")
        server: dict[str, Any] = {
            "host": host,
            "port": port,
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "proxy_headers": False,  # `ops.addresses` believes as many proxies as TRUSTED_PROXIES says, and no more
            "http": "ops.http:PatientProtocol",
            "ws": "ops.websockets:DecidedProtocol",
            "ws_per_message_deflate": False,
            "ws_max_size": 64 * 1024,  # what is larger is not even kept until it has come; the chat takes 16 KiB
            "timeout_graceful_shutdown": DRAIN_SECONDS,
        }
        with counting_together(workers):
            uvicorn.run("alliv.asgi:application", workers=workers, **server)


def collect_static_files() -> None:
    """In turns: of two processes that start at once, one would move files away that the other has just written."""
    with one_at_a_time(settings.VAR_DIR / "static.lock"):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED_STATIC)


@contextmanager
def counting_together(workers: int) -> Iterator[None]:
    """Several workers count into files of one folder, so that each can tell the sum of all."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="metrics-", ignore_cleanup_errors=True) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def require_free(host: str, port: int) -> None:
    """Says so in a sentence when somebody else has the address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --port (of make run: PORT=8001).",
                returncode=PRECONDITION,
            ) from None


def require_connections(workers: int) -> None:
    """Says so before the first visitor meets it when PostgreSQL has fewer connections to give than we may take: each process one more."""
    if connection.vendor != "postgresql":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int")
            (offered,) = cursor.fetchone()
    except OperationalError:
        return  # one that is away is told of by /health/ready
    finally:
        connection.close_pool()  # type: ignore[attr-defined]  # those that serve have their own
    if offered < settings.DB_POOL_MAX + workers:
        sentence = (
            f"DB_POOL_MAX is {settings.DB_POOL_MAX}, and the database has {offered} connections to give; each process takes one more."
        )
        raise CommandError(sentence, returncode=PRECONDITION)
