#!/usr/bin/env python
"""Alliv's commands: `manage.py help` lists them."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from ops.exits import PRECONDITION


def main() -> None:
    """A setting that is refused ends every command with its sentence and exit code 4."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alliv.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(PRECONDITION)


if __name__ == "__main__":
    main()
