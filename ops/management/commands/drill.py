"""Rehearses faults and says whether what has to hold holds."""

import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ops import drilling
from ops.arguments import whole
from ops.exits import FAILED, USAGE


class Command(BaseCommand):
    help = "Rehearses faults: all drills, or those named. Exits 1 when one did not go as it has to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="Without a name: all of them.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")
        parser.add_argument("--seed", type=whole(0), help="What chance begins with, to see the same faults again.")
        parser.add_argument("--size", type=whole(1), help="How much long drills do, such as the messages they send.")
        parser.add_argument("--folder", type=Path, help="Files to do it with, such as pictures to upload.")

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        known = drilling.known()
        if unknown := [name for name in names if name not in known]:
            raise CommandError(f"There is no drill {', '.join(unknown)}; there are {', '.join(known)}.", returncode=USAGE)
        chosen = drilling.Options(options.get("seed"), options.get("size"), options.get("folder"))
        if chosen.folder and not chosen.folder.is_dir():
            raise CommandError(f"There is no folder {chosen.folder}.", returncode=USAGE)
        failed = 0
        logging.disable(logging.CRITICAL)  # what is rehearsed would look like trouble
        for name in names or drilling.possible(known):
            for trial in drilling.run(name, chosen):
                failed += not trial.ok
                self.stdout.write(as_json(name, trial) if options["json"] else as_text(name, trial))
        logging.disable(logging.NOTSET)
        if failed:
            sys.exit(FAILED)


def as_json(name: str, trial: drilling.Trial) -> str:
    return json.dumps({"drill": name, **asdict(trial), "ok": trial.ok}, default=str)


def as_text(name: str, trial: drilling.Trial) -> str:
    line = f"{'ok ' if trial.ok else 'NOT'}  {name}: {trial.trial}"
    if isinstance(trial, drilling.Figure):
        return f"{line}: {trial.seen} {trial.unit}".rstrip() + f" (at most {trial.expected})"
    return line if trial.ok else f"{line} (expected {trial.expected}, seen {trial.seen})"
