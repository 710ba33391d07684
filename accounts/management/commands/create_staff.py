"""Makes a member of staff with chosen rights."""

import getpass
import json
import os
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from accounts import staff
from accounts.models import Member
from accounts.passwords import weaknesses
from accounts.serializers import Email
from ops.exits import PRECONDITION, USAGE

VARIABLE = "STAFF_PASSWORD"


class Command(BaseCommand):
    help = f"Makes a member of staff. The password is asked for, read from a pipe, or taken from {VARIABLE}; never from the command line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address they sign in with.")
        parser.add_argument("--permission", action="append", default=[], help="Such as matching.change_skillpair; may be repeated.")
        parser.add_argument("--group", action="append", default=[], help="The name of a group; may be repeated.")
        parser.add_argument("--superuser", action="store_true", help="Every right there is.")
        parser.add_argument("--json", action="store_true", help="Print who was made as one JSON object.")
        parser.add_argument("--dry-run", action="store_true", help="Check everything and make nobody.")

    def handle(self, *args: Any, email: str, dry_run: bool, **options: Any) -> None:
        email = self.read_email(email)
        try:
            permissions = [staff.permission_named(name) for name in options["permission"]]
            groups = [staff.group_named(name) for name in options["group"]]
        except staff.Unknown as error:
            stop(str(error), USAGE)
        if Member.objects.filter(email=email).exists():
            stop(f"{email} has an account already: give it rights at /admin/.", PRECONDITION)
        password = read_password()
        if weak := weaknesses(password, email):
            stop(" ".join(weak), USAGE)
        rights = {"permissions": options["permission"], "groups": options["group"], "superuser": options["superuser"]}
        made = None
        if not dry_run:
            made = staff.create_staff(email, password, permissions=permissions, groups=groups, superuser=options["superuser"])
        if options["json"]:
            self.stdout.write(json.dumps({"id": str(made.pk) if made else None, "email": email, **rights, "dry_run": dry_run}))
        elif made:
            self.stdout.write(str(made.pk))

    def read_email(self, text: str) -> str:
        try:
            return str(Email().run_validation(text))
        except Exception:
            stop(f"{text!r} is no e-mail address.", USAGE)


def read_password() -> str:
    """From the environment, a pipe, or twice from a person."""
    if given := os.environ.get(VARIABLE):
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        stop("The two are not the same.", USAGE)
    return password


def stop(sentence: str, code: int) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)
