"""Who is here: members with an open socket keep their presence ahead, and the people they talk to hear when it changes.

A process that dies says nothing. Every half minute each hub compares what it last knew of its members' peers with the rows, which expire.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts import presence
from accounts.models import Profile
from chat import frames, post
from chat.letters import MemberLetter, Note, RoomLetter
from chat.threads import in_thread
from chat.together import Together

log = logging.getLogger("alliv.chat")
GRACE_SECONDS = 2.0

Going = tuple[UUID, list[UUID]]


def presence_note(member_id: UUID, online: bool, last_seen: datetime | None) -> Note:
    seen = frames.moment(last_seen) if last_seen else None
    frame: frames.Presence = {"type": "presence", "member": str(member_id), "online": online, "last_seen": seen}
    return Note("presence", frames.encode(frame), str(member_id))


def announce(goings: Iterable[Going], *, online: bool, last_seen: datetime | None = None) -> None:
    """These members come or go, each in their rooms."""
    letters: list[RoomLetter] = []
    for member_id, rooms in goings:
        note = presence_note(member_id, online, last_seen)
        letters += [{"type": "room", "room": str(room), "events": [], "notes": [note]} for room in rooms]
    post.send(letters)


def read_presence(member_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Who of these is online, and since when they were last seen."""
    return dict(presence.online_now().filter(member_id__in=list(member_ids)).values_list("member_id", "last_seen"))


def shown_among(member_ids: Iterable[UUID]) -> set[UUID]:
    """Who of these lets others see when they are here."""
    return set(Profile.objects.filter(member_id__in=list(member_ids), show_presence=True).values_list("member_id", flat=True))


def tell_hidden(member_id: UUID, rooms: Iterable[UUID], *, hidden: bool) -> None:
    """The member hides from now on, or does no longer: the people they talk to see it at once."""
    seen = read_presence([member_id])
    if hidden or seen:
        announce([(member_id, list(rooms))], online=not hidden, last_seen=seen.get(member_id))


class Attendance:
    """The members with a socket in this process."""

    def __init__(self) -> None:
        self.leaving: dict[UUID, asyncio.TimerHandle] = {}
        self.online: set[UUID] = set()
        self.come = Together(self.note_arrivals).mention
        self.go = Together(self.note_departures).mention

    def arrive(self, member_id: UUID, rooms: Iterable[UUID], *, shown: bool) -> None:
        """The member's first socket here is open; the people in these rooms see it, if it is `shown`."""
        timer = self.leaving.pop(member_id, None)
        if timer is not None:
            timer.cancel()
        else:
            self.come((member_id, list(rooms) if shown else []))

    async def note_arrivals(self, arrivals: Sequence[Going]) -> list[None]:
        if await self.touched({member_id for member_id, _ in arrivals}):
            announce(arrivals, online=True, last_seen=timezone.now())
        return [None] * len(arrivals)

    def depart(self, member_id: UUID, rooms: Iterable[UUID]) -> None:
        """The last socket here has closed. Going from page to page is not leaving, so this waits two seconds."""
        gone = list(rooms)
        self.leaving[member_id] = asyncio.get_running_loop().call_later(GRACE_SECONDS, self.be_gone, member_id, gone)

    def be_gone(self, member_id: UUID, rooms: list[UUID]) -> None:
        del self.leaving[member_id]
        self.go((member_id, rooms))

    async def note_departures(self, departures: Sequence[Going]) -> list[None]:
        members = {member_id for member_id, _ in departures}
        try:
            await in_thread(presence.leave, members)
            shown = await in_thread(shown_among, members)
        except Exception as error:
            log.warning("presence was not stored", extra={"error": type(error).__name__})
            shown = set()
        announce([going for going in departures if going[0] in shown], online=False, last_seen=timezone.now())
        still_here: list[MemberLetter] = [{"type": "member", "member": str(one), "request_id": "", "left": True} for one in members]
        post.send(still_here)
        return [None] * len(departures)

    async def touched(self, member_ids: Iterable[UUID]) -> bool:
        try:
            await in_thread(presence.touch, sorted(member_ids))
        except Exception as error:
            log.warning("presence was not stored", extra={"error": type(error).__name__})
            return False
        return True

    async def changes(self, peers: set[UUID]) -> list[tuple[UUID, Note]]:
        """What changed among the peers since it was asked last."""
        online = await in_thread(read_presence, peers)
        gone = (self.online & peers) - online.keys()
        new = online.keys() - self.online
        self.online = set(online)
        return [(peer, presence_note(peer, peer in online, online.get(peer))) for peer in new | gone]

    async def leave_all(self, member_ids: Iterable[UUID]) -> None:
        """The process ends."""
        for timer in self.leaving.values():
            timer.cancel()
        await in_thread(presence.leave, {*member_ids, *self.leaving})
