"""Numbers on the command line: what makes no sense is refused as wrong usage (exit code 2) before anything happens."""

from argparse import ArgumentTypeError
from collections.abc import Callable


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


port = whole(1, 65535)
