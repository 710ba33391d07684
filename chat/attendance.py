"""Who is here: members with an open socket keep their presence ahead, and the people they talk to hear when it changes.

A process that dies says nothing. Every half minute each hub compares what it last knew of its members' peers with the rows, which expire.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts import presence
from accounts.models import Profile
from chat import frames, post
from chat.letters import MemberLetter, Note, RoomLetter
from chat.threads import in_thread
from chat.transport import background

log = logging.getLogger("alliv.chat")
GRACE_SECONDS = 2.0


def presence_note(member_id: UUID, online: bool, last_seen: datetime | None) -> Note:
    seen = frames.moment(last_seen) if last_seen else None
    frame: frames.Presence = {"type": "presence", "member": str(member_id), "online": online, "last_seen": seen}
    return Note("presence", frames.encode(frame), str(member_id))


def announce(member_id: UUID, rooms: Iterable[UUID], *, online: bool, last_seen: datetime | None = None) -> None:
    note = presence_note(member_id, online, last_seen)
    letters: list[RoomLetter] = [{"type": "room", "room": str(room), "events": [], "notes": [note]} for room in rooms]
    post.send(letters)


def read_presence(member_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Who of these is online, and since when they were last seen."""
    return dict(presence.online_now().filter(member_id__in=list(member_ids)).values_list("member_id", "last_seen"))


def is_shown(member_id: UUID) -> bool:
    """Whether this member lets others see when they are here."""
    return Profile.objects.filter(member_id=member_id, show_presence=True).exists()


def tell_hidden(member_id: UUID, rooms: Iterable[UUID], *, hidden: bool) -> None:
    """The member hides from now on, or does no longer: the people they talk to see it at once."""
    seen = read_presence([member_id])
    if hidden or seen:
        announce(member_id, rooms, online=not hidden, last_seen=seen.get(member_id))


class Attendance:
    """The members with a socket in this process."""

    def __init__(self) -> None:
        self.leaving: dict[UUID, asyncio.TimerHandle] = {}
        self.online: set[UUID] = set()

    def arrive(self, member_id: UUID, rooms: Iterable[UUID]) -> None:
        """The member's first socket here is open."""
        timer = self.leaving.pop(member_id, None)
        if timer is not None:
            timer.cancel()
        else:
            background(self.note_arrival(member_id, list(rooms)))

    async def note_arrival(self, member_id: UUID, rooms: list[UUID]) -> None:
        if await self.touched([member_id]) and await in_thread(is_shown, member_id):
            announce(member_id, rooms, online=True, last_seen=timezone.now())

    def depart(self, member_id: UUID, rooms: Iterable[UUID]) -> None:
        """The last socket here has closed. Going from page to page is not leaving, so this waits two seconds."""
        gone = list(rooms)
        call = asyncio.get_running_loop().call_later(GRACE_SECONDS, lambda: background(self.note_departure(member_id, gone)))
        self.leaving[member_id] = call

    async def note_departure(self, member_id: UUID, rooms: list[UUID]) -> None:
        self.leaving.pop(member_id, None)
        try:
            await in_thread(presence.leave, member_id)
            shown = await in_thread(is_shown, member_id)
        except Exception as error:
            log.warning("presence was not stored", extra={"error": type(error).__name__})
            shown = False
        if shown:
            announce(member_id, rooms, online=False, last_seen=timezone.now())
        still_here: MemberLetter = {"type": "member", "member": str(member_id), "request_id": "", "left": True}
        post.send([still_here])

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
        for member_id in {*member_ids, *self.leaving}:
            await in_thread(presence.leave, member_id)
