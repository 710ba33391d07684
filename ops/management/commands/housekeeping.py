"""Deletes what has had its day: expired codes, tokens, tickets, old sessions, sent mail."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ops import housekeeping


class Command(BaseCommand):
    help = "Deletes expired rows in batches; silent unless --json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print how many of each kind went, as one JSON object.")
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        counts = housekeeping.sweep(dry_run=dry_run)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
