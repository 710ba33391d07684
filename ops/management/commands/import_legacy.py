"""Brings the old system's data over."""

import json
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError
from pymongo.errors import PyMongoError

from ops.exits import FAILED, PARTLY, PRECONDITION
from ops.legacy.importing import Work
from ops.legacy.report import as_text
from ops.legacy.sources import NoSource, open_source
from ops.terminal import Progress


class Command(BaseCommand):
    help = (
        "Imports users, profiles, photo addresses, swipes, matches, messages, reports and skill pairs from a folder that mongodump wrote, "
        "or from a server. A second run changes nothing; one that was cut off goes on. Exits 3 when documents were skipped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="A folder with .bson or .bson.gz files, or mongodb://host/database.")
        parser.add_argument("--database", default="", help="Which one, where there are several.")
        parser.add_argument("--trust-emails", action="store_true", help="Take addresses for proved of which the old data says nothing.")
        parser.add_argument("--dry-run", action="store_true", help="Do everything, report it, and roll it back.")
        parser.add_argument("--json", action="store_true", help="One JSON object for each collection, a line each.")

    def handle(self, *args: Any, source: str, database: str, **options: Any) -> None:
        try:
            work = Work(open_source(source, database), dry_run=options["dry_run"], trust_emails=options["trust_emails"])
        except NoSource as error:
            stop(str(error), PRECONDITION)
        signal.signal(signal.SIGTERM, lambda number, frame: setattr(work, "stopping", True))
        self.warn_of(work)
        try:
            work.do(progress)
        except (OperationalError, InterfaceError, PyMongoError) as error:
            work.keep_report(ended=False)
            stop(f"The database stopped the import ({type(error).__name__}); what was done so far stays, run it again to go on.", FAILED)
        self.tell(work, as_json=options["json"])

    def warn_of(self, work: Work) -> None:
        if strange := work.left_alone():
            sys.stderr.write(f"Nobody here knows these collections, they are left alone: {', '.join(strange)}.\n")

    def tell(self, work: Work, *, as_json: bool) -> None:
        for tally in work.tallies if as_json else []:
            self.stdout.write(json.dumps({**tally.as_dict(), "dry_run": work.run.dry}, ensure_ascii=False))
        if not as_json:
            self.stdout.write(as_text(work.tallies))
        if work.stopping:
            stop("Stopped after the batch at hand; run it again to go on.", FAILED)
        if any(tally.left_out for tally in work.tallies):
            sys.exit(PARTLY)


def progress(collection: str, total: int) -> Callable[[int], None]:
    return Progress(collection, total) if sys.stderr.isatty() else lambda done: None


def stop(sentence: str, code: int) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)
