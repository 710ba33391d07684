"""How much a member may say: one door for sockets, REST and pages.

Each process looks at its own last ten seconds first, which costs nothing. What passes is counted for all processes together: a group by
the writer with one question, a message that goes alone on the event loop, which does other things meanwhile.
"""

import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence, Sized
from uuid import UUID

from django.conf import settings
from django.core.cache import caches

from accounts.trust import selectors as trust
from chat.frames import Send
from chat.log import Change
from ops import limits
from ops.errors import TooMany
from ops.limits import Usage

SENDS, FRAMES, WINDOW_SECONDS = 30, 200, 10.0
MAX_SOCKETS = 20
MAX_MEMBERS = 10_000
BURST, DAY = "messages", "messages_a_day"
ESTABLISHED_A_DAY = 2000
REMEMBERED_SECONDS = 600

Key = tuple[str, str]
Usages = Mapping[Key, Usage]


class DayIsFull(TooMany):
    detail = "This was enough for one conversation and day: go on tomorrow."


class SlidingWindow:
    """At most `limit` acts in any ten seconds of one key, counted in this process."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.acts: dict[UUID, deque[float]] = {}

    def take(self, key: UUID) -> bool:
        now = time.monotonic()
        times = self.acts.setdefault(key, deque())
        while times and times[0] <= now - WINDOW_SECONDS:
            times.popleft()
        if len(times) >= self.limit:
            return False
        times.append(now)
        if len(self.acts) > MAX_MEMBERS:
            self.forget_idle(now)
        return True

    def forget_idle(self, now: float) -> None:
        self.acts = {key: times for key, times in self.acts.items() if times and times[-1] > now - WINDOW_SECONDS}


_sends, _frames = SlidingWindow(SENDS), SlidingWindow(FRAMES)


def may_send(member_id: UUID) -> bool:
    """Counts one message of this member; False when it is one too many for this process alone."""
    return not settings.LIMITS_ENABLED or _sends.take(member_id)


def may_speak(member_id: UUID) -> bool:
    """Counts one frame of any kind."""
    return not settings.LIMITS_ENABLED or _frames.take(member_id)


def may_open_one_more(sockets: Sized) -> bool:
    """Whether a member with these sockets in this process may have another. Those that are open stay: they would only come back."""
    return not settings.LIMITS_ENABLED or len(sockets) < MAX_SOCKETS


def forget() -> None:
    _sends.acts.clear()
    _frames.acts.clear()


# --- All processes together ---


def too_many(changes: Sequence[Change], counted: Sequence[Usages] = ()) -> dict[int, TooMany]:
    """Counts the messages among these changes; those that are too many, by their place. Only who is over a day's limit costs a query.

    `counted` has for every change what `count_soon` said of it, or nothing.
    """
    keys = {place: keys_of(change) for place, change in enumerate(changes) if isinstance(change.frame, Send)}
    if not keys or not settings.LIMITS_ENABLED:
        return {}
    usages = {key: usage for known in counted for key, usage in known.items()}
    uncounted = Counter(key for place, pair in keys.items() if not (counted and counted[place]) for key in pair)
    wanted = Counter(key for pair in keys.values() for key in pair)
    if uncounted:
        usages |= limits.count_many(uncounted)
    left = {key: wanted[key] - max(0, usage.used - limit_of(key, usage)) for key, usage in usages.items()}
    refused: dict[int, TooMany] = {}
    for place, pair in keys.items():
        if full := next((key for key in pair if left[key] <= 0), None):
            refused[place] = refusal(full, usages)
        else:
            left.update({key: left[key] - 1 for key in pair})
    return refused


async def count_soon(change: Change) -> Usages:
    """Counts one message on the event loop; whether it is too many is for `too_many` to tell."""
    return await limits.count_many_soon(dict.fromkeys(keys_of(change), 1))


def keys_of(change: Change) -> tuple[Key, Key]:
    return (BURST, str(change.member_id)), (DAY, f"{change.member_id} {change.frame.room}")


def limit_of(key: Key, usage: Usage) -> int:
    """A day has more room for members who are established."""
    if key[0] == DAY and usage.exceeded and is_established(key[1].partition(" ")[0]):
        return ESTABLISHED_A_DAY
    return usage.limit


def is_established(member_id: str) -> bool:
    def ask() -> bool:
        return bool(trust.established([UUID(member_id)]))

    return bool(caches["here"].get_or_set(f"established:{member_id}", ask, REMEMBERED_SECONDS))


def refusal(key: Key, usages: Usages) -> TooMany:
    return (DayIsFull if key[0] == DAY else TooMany)(retry_after=usages[key].reset)
