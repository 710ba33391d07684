"""How fast a member may talk: one door for sockets, REST and pages."""

import time
from collections import deque
from uuid import UUID

from django.conf import settings

SENDS, FRAMES, WINDOW_SECONDS = 30, 200, 10.0
MAX_MEMBERS = 10_000


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
    """Counts one message of this member; False when it is one too many."""
    return not settings.LIMITS_ENABLED or _sends.take(member_id)


def may_speak(member_id: UUID) -> bool:
    """Counts one frame of any kind."""
    return not settings.LIMITS_ENABLED or _frames.take(member_id)


def forget() -> None:
    _sends.acts.clear()
    _frames.acts.clear()
