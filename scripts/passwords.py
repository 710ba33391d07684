"""Makes `accounts/data/common-passwords.txt.gz` from a ranked list of leaked passwords, the most common first.

    .venv/bin/python scripts/passwords.py 10-million-password-list-top-1000000.txt

The list is the one of that name in SecLists. Of those as long as ours must be, the hundred thousand most common are kept and what Django
knows besides; and words of the top ten thousand that become long enough with a few digits behind them. Numbers need no list.
"""

import gzip
import sys
from collections.abc import Iterable
from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator

TARGET = Path(__file__).resolve().parent.parent / "accounts" / "data" / "common-passwords.txt.gz"
KEPT, TOP = 100_000, 10_000
SHORTEST, STEM = 8, 4


def chosen(ranked: list[str]) -> set[str]:
    most_common = long(dict.fromkeys(ranked))[:KEPT]
    stems = [word for word in ranked[:TOP] if STEM <= len(word) < SHORTEST and word.isalpha()]
    return {*most_common, *stems, *long(CommonPasswordValidator().passwords)}


def long(words: Iterable[str]) -> list[str]:
    return [word for word in words if len(word) >= SHORTEST and word.isprintable() and not word.isdigit()]


def main() -> None:
    ranked = Path(sys.argv[1]).read_text("utf-8", errors="ignore").casefold().splitlines()
    lines = "".join(f"{word}\n" for word in sorted(chosen(ranked)))
    TARGET.write_bytes(gzip.compress(f"\n{lines}".encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
