"""django-rq's worker, reading what we write: JSON. Its own default is pickle, which neither fits nor is safe."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django_rq.management.commands import rqworker

from ops.exits import PRECONDITION

SERIALIZER = "rq.serializers.JSONSerializer"


class Command(rqworker.Command):
    help = "Does the background jobs of the named queues: emails, default, media."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)  # type: ignore[no-untyped-call]
        parser.set_defaults(serializer=SERIALIZER)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError("rq's workers need Redis: set REDIS_URL. Without it `serve` does the jobs.", returncode=PRECONDITION)
        super().handle(*args, **options)  # type: ignore[no-untyped-call]
