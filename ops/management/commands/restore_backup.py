"""Brings a backup back, or shows that it could be."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ops.backup import restore, store
from ops.backup.commands import honest, stop
from ops.exits import PRECONDITION


class Command(BaseCommand):
    help = "Restores an archive, the newest by default. --drill restores into scratch and compares."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="Which archive, as list_backups names it; the newest without one.")
        parser.add_argument("--drill", action="store_true", help="Restore into scratch, compare rows and digests, clean up.")
        parser.add_argument("--force", action="store_true", help="Replace a database that holds members.")
        parser.add_argument("--no-input", action="store_true", help="Do not ask.")
        parser.add_argument("--json", action="store_true", help="Print what came back as one JSON object.")

    def handle(self, *args: Any, name: str | None, drill: bool, force: bool, no_input: bool, **options: Any) -> None:
        with honest():
            found = store.find(name)
            if drill:
                manifest = restore.drill(found)
            else:
                if not no_input:
                    self.ask(found)
                with store.locked():
                    manifest = restore.restore(found, force=force)
        rows = sum(table.rows for table in manifest.tables.values())
        facts = {"backup": found, "drill": drill, "tables": len(manifest.tables), "rows": rows}
        done = "could be restored" if drill else "is restored"
        self.stdout.write(json.dumps(facts) if options["json"] else f"{found} {done}: {rows} rows in {len(manifest.tables)} tables.")

    def ask(self, name: str) -> None:
        if not sys.stdin.isatty():
            stop("Nobody is there to confirm: add --no-input.", PRECONDITION)
        if input(f"Replace the database with {name}? Type yes: ") != "yes":
            stop("Nothing was changed.", PRECONDITION)
