"""Numbers on the command line: what makes no sense is refused as wrong usage (exit code 2) before anything happens."""

from argparse import ArgumentTypeError
from collections.abc import Callable

from django.core.management.base import CommandParser


def whole(least: int, most: int = 10**9) -> Callable[[str], int]:
    """For `type=` of an option: a whole number from `least` to `most`."""

    def read(word: str) -> int:
        try:
            number = int(word)
        except ValueError:
            raise ArgumentTypeError(f"{word!r} is no whole number.") from None
        if number < least:
            raise ArgumentTypeError(f"{word} is too little, at least {least} makes sense.")
        if number > most:
            raise ArgumentTypeError(f"{word} is too much, at most {most} makes sense.")
        return number

    return read


def add_address(parser: CommandParser) -> None:
    """`--host` and `--port` of what serves."""
    parser.add_argument("--host", default="127.0.0.1", help="The address to listen on; 127.0.0.1 unless told otherwise.")
    parser.add_argument("--port", type=whole(1, 65535), default=8000, help="The port to listen on; 8000 unless told otherwise.")
