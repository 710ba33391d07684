"""Measures, side by side and in one run, and prints figures."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ops import benching
from ops.arguments import whole
from ops.exits import USAGE

QUICK_MEMBERS, QUICK_ROUNDS = 1000, 2


class Command(BaseCommand):
    help = "Measures something beside its baseline in the same run. Figures are of this machine and this moment; the ratios travel."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="What to measure: " + ", ".join(benching.known()) + ".")
        parser.add_argument("--members", type=whole(100), help="How many members, at least 100; each bench has its own usual numbers.")
        parser.add_argument("--rounds", type=whole(2), help="How often each thing is measured, at least twice.")
        parser.add_argument("--quick", action="store_true", help="Few and short: shows that it works, its figures say little.")
        parser.add_argument("--only", default="", metavar="CASE", help="Cases whose names begin so.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(self, *args: Any, name: str, members: int | None, rounds: int | None, **options: Any) -> None:
        if name not in benching.known():
            raise CommandError(f"There is no bench {name}; there are {', '.join(benching.known())}.", returncode=USAGE)
        if options["quick"]:
            members, rounds = members or QUICK_MEMBERS, rounds or QUICK_ROUNDS
        wanted = {"members": members, "rounds": rounds, "quick": options["quick"], "only": options["only"]}
        for figure in (figure for figure in benching.run(name, wanted) if figure.case.startswith(options["only"])):
            self.stdout.write(json.dumps({"bench": name, **asdict(figure)}) if options["json"] else as_text(figure))
            self.stdout.flush()


def as_text(figure: benching.Figure) -> str:
    numbers = f"median {figure.median:>10} p99 {figure.p99:>10} {figure.unit} (n={figure.n})"
    line = f"{figure.case:28} {figure.subject:28} {figure.metric:10} {numbers}"
    return line if figure.ratio is None else f"{line}  {figure.ratio} × {figure.baseline} (p99 {figure.ratio_p99} ×)"
