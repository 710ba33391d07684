"""What backups there are, newest first."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ops.backup import store


class Command(BaseCommand):
    help = "Lists the archives of BACKUP_DIR, newest first, with size and whether they are good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in store.paths():
            facts = {"backup": path.name, "bytes": path.stat().st_size, "verified": store.is_good(path)}
            line = f"{path.name}  {facts['bytes']:>12}  {'good' if facts['verified'] else 'DAMAGED'}"
            self.stdout.write(json.dumps(facts) if options["json"] else line)
