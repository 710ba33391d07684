"""Computes everybody's trust anew from what happened."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from accounts.trust import services
from ops.exits import FAILED


class Command(BaseCommand):
    help = "Notes facts that nobody noted and computes every trust score anew; a second run changes nothing. Silent unless --json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print what was found to do, as one JSON object.")
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        try:
            rebuilt = services.rebuild(dry_run=dry_run)
        except DatabaseError as error:
            sys.stderr.write(f"The database stopped the rebuild ({type(error).__name__}); what was done so far stays.\n")
            sys.exit(FAILED)
        if options["json"]:
            self.stdout.write(json.dumps({**rebuilt._asdict(), "dry_run": dry_run}))
