"""Everything `make run` does after installing: migrate, demo members, serve."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from ops import arguments

SIGN_INS = """
  Sign in as   ana@demo.alliv.test   ben@demo.alliv.test   cleo@demo.alliv.test
  or as staff  sam@demo.alliv.test   (the admin is at /admin/)
  password     alliv-demo-2026
  mail         every mail is shown here and at /dev/mail
"""

COMPILE = [sys.executable, "-m", "matching.ranking"]


class Command(BaseCommand):
    help = "Prepares the embedded default (database, vocabulary, demo members) and serves it."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_address(parser)
        parser.add_argument(
            "--members",
            type=arguments.whole(1),
            default=300,
            help="How many demo members a first start invites; 300 unless told otherwise.",
        )

    def handle(self, *args: Any, host: str, port: int, members: int, **options: Any) -> None:
        with beside(COMPILE) as compiled:
            sys.stderr.write("Preparing the database …\n")
            call_command("migrate", verbosity=0)
            invited = Path(settings.VAR_DIR) / "demo-members"
            if not invited.exists():  # a first run that was interrupted goes on where it stopped
                sys.stderr.write(
                    f"Inviting {members} demo members, drawing portraits, reading profiles with the model (once, about half a minute) …\n"
                )
                call_command("seed_demo", members=members, photos=True)
                invited.touch()
            try:
                compiled.wait(timeout=5)
            except subprocess.TimeoutExpired:
                sys.stderr.write("Compiling the ranking (once, about a minute) …\n")
                compiled.wait()
        sys.stderr.write(SIGN_INS)
        call_command("serve", host=host, port=port)


@contextmanager
def beside(words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with this block at the latest."""
    process = subprocess.Popen(words, cwd=settings.BASE_DIR)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
