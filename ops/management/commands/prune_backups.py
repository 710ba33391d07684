"""Deletes backups that have had their day; never the newest good one."""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from ops.arguments import whole
from ops.backup import rotation, store
from ops.backup.commands import honest


class Command(BaseCommand):
    help = "Keeps RETENTION_DAYS days (and --weekly and --monthly ones); the newest verified backup always stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--weekly", type=whole(0), default=0, help="Also the newest of each of so many weeks.")
        parser.add_argument("--monthly", type=whole(0), default=0, help="Also the newest of each of so many months.")
        parser.add_argument("--dry-run", action="store_true", help="Delete nothing; --json says what would go.")
        parser.add_argument("--json", action="store_true", help="Print what went as one JSON object.")

    def handle(self, *args: Any, weekly: int, monthly: int, dry_run: bool, **options: Any) -> None:
        with honest(), store.locked():
            going = rotation.expired(store.kept(), now=datetime.now(UTC), days=settings.RETENTION_DAYS, weekly=weekly, monthly=monthly)
            for backup in [] if dry_run else going:
                store.delete(backup.name)
            given_up = store.give_up_uploads(dry_run=dry_run)
        if options["json"]:
            self.stdout.write(json.dumps({"deleted": [backup.name for backup in going], "given_up": given_up, "dry_run": dry_run}))
