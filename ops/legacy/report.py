"""What became of the documents of a collection: each that was read is either imported, merged, unchanged or skipped."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

SAMPLES = 5


@dataclass
class Cases:
    """How often something happened, and to which documents for example."""

    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, key: str) -> None:
        self.counts[what] += 1
        examples = self.samples.setdefault(what, [])
        if len(examples) < SAMPLES:
            examples.append(key)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        return {what: {"count": count, "ids": self.samples[what]} for what, count in self.counts.most_common()}


@dataclass
class Tally:
    """`unchanged`: known from an earlier run. `notes` say what is missing of documents that were not skipped."""

    collection: str
    read: int = 0
    imported: int = 0
    merged: int = 0
    unchanged: int = 0
    skipped: Cases = field(default_factory=Cases)
    notes: Cases = field(default_factory=Cases)

    @property
    def left_out(self) -> int:
        return self.skipped.counts.total()

    def as_dict(self) -> dict[str, Any]:
        return {
            "collection": self.collection,
            "read": self.read,
            "imported": self.imported,
            "merged": self.merged,
            "unchanged": self.unchanged,
            "skipped": self.left_out,
            "reasons": self.skipped.as_dict(),
            "notes": self.notes.as_dict(),
        }


def as_text(tallies: list[Tally]) -> str:
    lines = [f"{'':24}{'read':>9}{'imported':>9}{'merged':>9}{'unchanged':>10}{'skipped':>9}"]
    for tally in tallies:
        counts = f"{tally.read:>9}{tally.imported:>9}{tally.merged:>9}{tally.unchanged:>10}{tally.left_out:>9}"
        lines.append(f"{tally.collection:24}{counts}")
        for title, cases in (("skipped", tally.skipped), ("note", tally.notes)):
            lines += [f"  {title}: {what} × {row['count']} ({', '.join(row['ids'])})" for what, row in cases.as_dict().items()]
    return "\n".join(lines)
