"""Moves the message log to the other database."""

import fcntl
import json
import signal
import sys
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from chat import moving, places
from chat.models import Message
from ops.errors import Unavailable
from ops.exits import FAILED, LOCKED, PRECONDITION
from ops.terminal import Progress


class Command(BaseCommand):
    help = (
        "Moves the messages of every room while members go on writing; each room is compared before it changes over. A run that was cut "
        "off is finished by the next, and the way back is a move to the other database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", choices=[places.MAIN, places.MONGODB], required=True, help="Where the messages shall be.")
        parser.add_argument("--dry-run", action="store_true", help="Only count.")
        parser.add_argument("--json", action="store_true", help="Print the counts as one JSON object.")

    def handle(self, *args: Any, to: str, dry_run: bool, **options: Any) -> None:
        if not places.has_mongodb():
            stop("There is one database only: CHAT_DATABASE_URL names the other.", PRECONDITION)
        self.stopped = False
        signal.signal(signal.SIGTERM, lambda number, frame: setattr(self, "stopped", True))
        with (settings.VAR_DIR / "move.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stop("Another move is at work.", LOCKED)
            try:
                counts = self.count(to) if dry_run else self.move(to)
            except moving.Different as error:
                stop(str(error), FAILED)
            except (Unavailable, DatabaseError) as error:
                stop(f"A database stopped the move ({type(error).__name__}); run it again to go on.", FAILED)
        if options["json"]:
            self.stdout.write(json.dumps({"to": to, **counts, "dry_run": dry_run}))
        if self.stopped:
            stop("Stopped behind a whole room; run it again to go on.", FAILED)

    def count(self, to: str) -> dict[str, int]:
        with places.answering(places.MONGODB):
            messages = Message.objects.using(moving.other(to)).count()
        return {"rooms": moving.rooms_to_move(to).count(), "messages": messages, "discarded": 0}

    def move(self, to: str) -> dict[str, int]:
        progress = Progress("Messages", self.count(to)["messages"]) if sys.stderr.isatty() else lambda done: None
        moved = moving.move(to, tell=progress, stopping=lambda: self.stopped)
        return {"rooms": moved.rooms, "messages": moved.messages, "discarded": moved.discarded}


def stop(sentence: str, code: int) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)
