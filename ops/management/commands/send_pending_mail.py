"""Sends what a lost job left: every mail that still waits."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from ops import outbox
from ops.exits import PARTLY


class Command(BaseCommand):
    help = "Sends every waiting mail. Exits 3 when some could not be sent; silent when all is well."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the counts as one JSON object.")
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        due = outbox.waiting().filter(created_at__lte=timezone.now())
        waiting = due.count()
        sent = 0 if dry_run else outbox.send_pending()
        if options["json"]:
            self.stdout.write(json.dumps({"waiting": waiting, "sent": sent}))
        if not dry_run and (left := due.count()):
            sys.stderr.write(f"{left} of {waiting} mails could not be sent; they wait for the next run.\n")
            sys.exit(PARTLY)
