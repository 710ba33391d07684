"""How commands talk: data on stdout, talk on stderr, a progress bar only for a person."""

import sys
from typing import TextIO


class Progress:
    """One line that counts up: redrawn on a terminal, written now and then to a log, silent when nobody reads."""

    def __init__(self, what: str, total: int, stream: TextIO | None = None) -> None:
        self.what, self.total, self.stream = what, total, stream or sys.stderr
        self.live = self.stream.isatty()
        self.next_note = 0.0

    def __call__(self, done: int) -> None:
        share = done / self.total if self.total else 1.0
        if self.live:
            filled = "█" * int(share * 24)
            self.stream.write(f"\r{self.what} {filled:░<24} {done}/{self.total}" + ("\n" if done >= self.total else ""))
            self.stream.flush()
        elif share >= self.next_note:
            self.stream.write(f"{self.what}: {done} of {self.total}\n")
            self.next_note = share + 0.25
