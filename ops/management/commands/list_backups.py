"""What backups there are, newest first."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from ops.backup import store
from ops.backup.commands import honest


class Command(BaseCommand):
    help = "Lists the archives of BACKUP_DIR, newest first, with size and whether they are good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(self, *args: Any, **options: Any) -> None:
        with honest():
            sizes = store.sizes()
        if not sizes and not options["json"]:
            sys.stderr.write(f"There is no backup in {settings.BACKUP_DIR}.\n")
        for name, size in sizes.items():
            with honest():
                good = store.is_good(name)
            facts = {"backup": name, "bytes": size, "verified": good}
            line = f"{name:<33}  {facts['bytes']:>12}  {'good' if facts['verified'] else 'DAMAGED'}"
            self.stdout.write(json.dumps(facts) if options["json"] else line)
