"""How far a member is trusted: a pure function of what happened, the age of the account and the moment it is asked.

Nothing here bans anybody. Trust says how much a report weighs and how many messages a day are room enough.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

BASE = 10
ESTABLISHED = 55  # age alone does not get there
AGE_DAYS = 30  # a point a day, so that nobody is established on the day of signing up
# What each kind of fact adds, and the most that all of its kind can add.
GOOD = {"email_verified": (20, 20), "profile_completed": (15, 15), "report_confirmed": (5, 25)}
BAD = {"report_rejected": (-3, -15), "warned": (-20, -60), "suspended": (-40, -80)}
FADES, FORGOTTEN = timedelta(days=180), timedelta(days=365)

Happened = tuple[str, datetime]


def score(facts: Iterable[Happened], joined_at: datetime, now: datetime) -> int:
    """0–100. What counts against a member counts half after 180 days and not at all after a year; what was lifted never did."""
    happened = list(facts)
    lifted = sum(kind == "lifted" for kind, _ in happened)
    forgiven = sorted((at for kind, at in happened if kind == "suspended"), reverse=True)[:lifted]
    counted = [(kind, at) for kind, at in happened if not (kind == "suspended" and at in forgiven)]
    total = BASE + min(AGE_DAYS, max(0, (now - joined_at).days))
    for kind, (points, most) in GOOD.items():
        total += min(most, points * sum(name == kind for name, _ in counted))
    for kind, (points, most) in BAD.items():
        total += max(most, round(sum(points * weight(now - at) for name, at in counted if name == kind)))
    return max(0, min(100, total))


def weight(age: timedelta) -> float:
    if age >= FORGOTTEN:
        return 0.0
    return 0.5 if age >= FADES else 1.0
