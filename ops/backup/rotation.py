"""Which backups may go: pure, so that a jumping clock can be tried out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Kept:
    name: str
    made_at: datetime
    verified: bool
    order: int = 0  # of publishing; 0 for one of before it was noted


def expired(backups: Iterable[Kept], *, now: datetime, days: int, weekly: int = 0, monthly: int = 0) -> list[Kept]:
    """Older than `days`, and neither the verified one that was made last nor wanted as one of the last weeks' or months' newest.

    Age counts from the one made last as well as from the clock, whichever makes it younger: neither a run of failures nor a clock that
    jumps, also while backups are made, lets the last good one go.
    """
    newest_first = sorted(backups, key=lambda backup: backup.made_at, reverse=True)
    good = [backup for backup in newest_first if backup.verified]
    if not good:
        return []
    last = max(good, key=lambda backup: (backup.order, backup.made_at))
    today = min(now, last.made_at)
    wanted = {last.name, *firsts(good, weekly, "%G-%V"), *firsts(good, monthly, "%Y-%m")}
    return [backup for backup in newest_first if backup.made_at < today - timedelta(days=days) and backup.name not in wanted]


def firsts(newest_first: list[Kept], count: int, period: str) -> list[str]:
    """The newest of each of the last `count` periods."""
    found: dict[str, str] = {}
    for backup in newest_first:
        found.setdefault(backup.made_at.strftime(period), backup.name)
    return list(found.values())[:count]
