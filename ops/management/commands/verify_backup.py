"""Reads a backup from its first byte to its last."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ops.backup import archive, store
from ops.backup.commands import honest


class Command(BaseCommand):
    help = "Compares every file of an archive (the newest by default) with its manifest. Exits 1 when it is damaged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, name: str | None, **options: Any) -> None:
        with honest():
            path = store.find(name)
            manifest = archive.verify(path)
        facts = {"backup": path.name, "created_at": manifest.created_at, "files": len(manifest.files), "verified": True}
        self.stdout.write(json.dumps(facts) if options["json"] else f"{path.name} is good.")
