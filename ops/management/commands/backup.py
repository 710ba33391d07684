"""Makes one verified backup of database and files."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ops.backup import store
from ops.backup.commands import honest


class Command(BaseCommand):
    help = (
        "Dumps, packs, verifies and publishes one archive in BACKUP_DIR. What an earlier run had verified and could not publish "
        "is published first, from where its upload was cut off. Exits 75 when another run is at work."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print what was made as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        with honest(), store.locked():
            resumed = store.publish_waiting()
            for name in resumed:
                sys.stderr.write(f"{name} is published now: the run that made it was cut off.\n")
            made = store.make()
        rows = sum(table.rows for table in made.manifest.tables.values())
        facts = {"backup": made.name, "bytes": made.size, "rows": rows, "files": len(made.manifest.files) - 1, "resumed": resumed}
        self.stdout.write(json.dumps(facts) if options["json"] else made.name)
