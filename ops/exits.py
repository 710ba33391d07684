"""How commands end: the codes cron and operators read."""

DONE, FAILED, USAGE, PARTLY, PRECONDITION, LOCKED = 0, 1, 2, 3, 4, 75
