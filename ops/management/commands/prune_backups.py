"""Deletes backups that have had their day; never the newest good one."""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from ops.backup import rotation, store
from ops.backup.commands import honest


class Command(BaseCommand):
    help = "Keeps RETENTION_DAYS days (and --weekly and --monthly ones); the newest verified backup always stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--weekly", type=int, default=0)
        parser.add_argument("--monthly", type=int, default=0)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, weekly: int, monthly: int, dry_run: bool, **options: Any) -> None:
        with honest(), store.locked():
            going = rotation.expired(store.kept(), now=datetime.now(UTC), days=settings.RETENTION_DAYS, weekly=weekly, monthly=monthly)
            for backup in [] if dry_run else going:
                store.delete(backup.name)
            given_up = store.give_up_uploads(dry_run=dry_run)
        if options["json"]:
            self.stdout.write(json.dumps({"deleted": [backup.name for backup in going], "given_up": given_up, "dry_run": dry_run}))
