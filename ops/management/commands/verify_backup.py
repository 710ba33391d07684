"""Reads a backup from its first byte to its last."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ops.backup import store
from ops.backup.commands import honest


class Command(BaseCommand):
    help = "Compares every file of an archive (the newest by default) with its manifest. Exits 1 when it is damaged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="Which archive, as list_backups names it; the newest without one.")
        parser.add_argument("--json", action="store_true", help="Print what was found as one JSON object.")

    def handle(self, *args: Any, name: str | None, **options: Any) -> None:
        with honest():
            found = store.find(name)
            manifest = store.check(found)
        facts: dict[str, Any] = {"backup": found, "created_at": store.made_at(found).isoformat(), "verified": True}
        facts |= {"opened": manifest is not None, "files": len(manifest.files) if manifest else None}
        how = "." if manifest else ": it is what was published. Without BACKUP_IDENTITY it was not opened."
        self.stdout.write(json.dumps(facts) if options["json"] else f"{found} is good{how}")
