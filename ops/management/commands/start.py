"""Everything `make run` does after installing: migrate, demo members, serve."""

import sys
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

SIGN_INS = """
  Sign in as   ana@demo.alliv.test   ben@demo.alliv.test   cleo@demo.alliv.test
  or as staff  sam@demo.alliv.test   (the admin is at /admin/)
  password     alliv-demo-2026
  mail         every mail is shown here and at /dev/mail
"""


class Command(BaseCommand):
    help = "Prepares the embedded default (database, vocabulary, demo members) and serves it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--members", type=int, default=300)

    def handle(self, *args: Any, host: str, port: int, members: int, **options: Any) -> None:
        sys.stderr.write("Preparing the database …\n")
        call_command("migrate", verbosity=0)
        if not get_user_model().objects.filter(email="ana@demo.alliv.test").exists():
            sys.stderr.write(f"Inviting {members} demo members and reading their profiles with the model …\n")
            call_command("seed_demo", members=members, photos=True)
        sys.stderr.write(SIGN_INS)
        call_command("serve", host=host, port=port)
