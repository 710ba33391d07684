"""Which backups may go: pure, so that a jumping clock can be tried out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Kept:
    name: str
    made_at: datetime
    verified: bool


def expired(backups: Iterable[Kept], *, now: datetime, days: int, weekly: int = 0, monthly: int = 0) -> list[Kept]:
    """Older than `days`, and neither the newest verified one nor wanted as one of the last weeks' or months' newest.

    Age counts from the newest backup as well as from the clock, whichever makes it younger: neither a clock that jumps ahead
    nor a run of failures lets the last good ones go.
    """
    newest_first = sorted(backups, key=lambda backup: backup.made_at, reverse=True)
    good = [backup for backup in newest_first if backup.verified]
    if not good:
        return []
    today = min(now, good[0].made_at)
    wanted = {good[0].name, *firsts(good, weekly, "%G-%V"), *firsts(good, monthly, "%Y-%m")}
    return [backup for backup in newest_first if backup.made_at < today - timedelta(days=days) and backup.name not in wanted]


def firsts(newest_first: list[Kept], count: int, period: str) -> list[str]:
    """The newest of each of the last `count` periods."""
    found: dict[str, str] = {}
    for backup in newest_first:
        found.setdefault(backup.made_at.strftime(period), backup.name)
    return list(found.values())[:count]
