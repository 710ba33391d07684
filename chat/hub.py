"""The hub: everything this process knows about open sockets, on its event loop.

It hears one letter per room and process, not per socket, and hands its text to every local socket without a thread. What it believes
(whose session is open, who is in which room, how far rooms are) it reads from the database again every 1.5 seconds, and at once when a
letter says that something changed; so nothing depends on the transport but speed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import TypeVar
from uuid import UUID, uuid4

from chat import post, selectors, tickets, writer
from chat.attendance import Attendance
from chat.express import Express
from chat.feeds import Feed
from chat.letters import Event, Letter, MemberLetter, Note, RoomLetter, letter_to, member_group, room_group
from chat.metrics import SOCKETS
from chat.selectors import Look, RoomView, Visitor
from chat.sockets import Socket
from chat.threads import in_thread
from chat.together import Together
from chat.transport import Transport

log = logging.getLogger("alliv.chat")
LOOK_SECONDS = 1.5
HEARTBEAT_SECONDS = 15
PRESENCE_SECONDS = 30.0
THOROUGH_EVERY = 10
MAX_LOOK = 500
STORING_SECONDS = 7.0  # after which a database that does not answer keeps no process from ending
TOLD_TOGETHER = 16
SIGN_IN_AGAIN, RESTARTING = 4401, 1012


T = TypeVar("T")


class Hub:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.name = uuid4().hex[:12]
        self.transport = Transport(self.receive)
        self.attendance = Attendance()
        self.redeem: Together[str, Visitor | None] = Together(redeem_all)
        self.looks: Together[Sequence[Socket], Look] = Together(self.look_at_all)
        self.feeds: dict[UUID, Feed] = {}
        self.members: dict[UUID, set[Socket]] = {}
        self.nudged: set[UUID] = set()
        self.wake = asyncio.Event()
        self.express = Express(self.deliver)
        works = (self.transport.open(), self.keep_looking(), every(HEARTBEAT_SECONDS, self.beat), every(PRESENCE_SECONDS, self.be_present))
        self.tasks = [self.loop.create_task(work) for work in works]
        post.attach(self.loop, self.transport.hand_over)

    def sockets(self) -> list[Socket]:
        return self.sockets_of(self.members)

    def sockets_of(self, member_ids: Iterable[UUID]) -> list[Socket]:
        return [socket for member_id in member_ids for socket in self.members.get(member_id, ()) if socket.ready]

    # --- Coming and going ---

    async def enter(self, socket: Socket, rooms: Mapping[UUID, UUID]) -> dict[UUID, RoomView] | None:
        """The socket's rooms as they are after it began to hear them; None when its session was ended meanwhile.

        `rooms` are those of a moment ago, each with whom it is shared.
        """
        SOCKETS.inc()
        first = socket.member_id not in self.members
        self.members.setdefault(socket.member_id, set()).add(socket)
        await self.join_rooms(socket, rooms, member_group(socket.member_id))
        seen = await self.look_at([socket])
        if socket.session_id not in seen.sessions:
            return None
        socket.hides_presence = socket.member_id in seen.hiding
        views = seen.rooms.get(socket.member_id, {})
        await self.join_rooms(socket, {view.id: view.peer_id for view in views.values()})
        for room in socket.rooms.keys() - views.keys():
            self.leave_room(socket, room)
        self.begin(views.values())
        if first:
            self.attendance.arrive(socket.member_id, views, shown=not socket.hides_presence)
        return views

    def leave(self, socket: Socket) -> None:
        rooms = list(socket.rooms)
        for room in rooms:
            self.leave_room(socket, room)
        SOCKETS.dec()
        others = self.members.get(socket.member_id, set())
        others.discard(socket)
        if not others and self.members.pop(socket.member_id, None) is not None:
            self.transport.leave([member_group(socket.member_id)])
            self.attendance.depart(socket.member_id, rooms)

    async def join_rooms(self, socket: Socket, rooms: Mapping[UUID, UUID], *groups: str) -> None:
        """Returns when events of these rooms, and of these groups, reach the socket."""
        new = rooms.keys() - socket.rooms.keys()
        for room in new:
            self.feeds.setdefault(room, Feed(room)).sockets.add(socket)
            socket.rooms[room] = rooms[room]
        await self.transport.join([*groups, *map(room_group, new)])

    def leave_room(self, socket: Socket, room: UUID) -> None:
        socket.rooms.pop(room, None)
        feed = self.feeds.get(room)
        if feed is not None:
            feed.sockets.discard(socket)
            if not feed.sockets:
                del self.feeds[room]
                self.transport.leave([room_group(room)])

    def begin(self, views: Iterable[RoomView]) -> None:
        """These heads were read after their rooms were joined."""
        for view in views:
            if feed := self.feeds.get(view.id):
                feed.begin(view.head)
                feed.expect(view.head)

    # --- Letters ---

    def send(self, letter: Letter) -> None:
        """For whoever is on this loop already."""
        post.send_from(self.transport.hand_over, [letter])

    def deliver(self, room: UUID, event: Event) -> None:
        """An event that was stored on this loop: its sockets here need no letter."""
        if feed := self.feeds.get(room):
            feed.take([event])
        post.tell_others([letter_to(room, event)])

    def receive(self, letter: Letter) -> None:
        if letter["type"] == "room":
            self.receive_for_room(letter)
        else:
            self.receive_for_member(letter)

    def receive_for_room(self, letter: RoomLetter) -> None:
        feed = self.feeds.get(UUID(letter["room"]))
        if feed is not None:
            feed.take(Event(*event) for event in letter["events"])
            feed.overhear(Note(*note) for note in letter["notes"])

    def receive_for_member(self, letter: MemberLetter) -> None:
        member_id = UUID(letter["member"])
        sockets = self.members.get(member_id)
        if sockets and letter.get("left"):
            socket = next(iter(sockets))
            self.attendance.come((member_id, [] if socket.hides_presence else list(socket.rooms)))
        elif sockets:
            self.nudged.add(member_id)
            self.wake.set()

    # --- Looking again ---

    async def keep_looking(self) -> None:
        next_full, looks = self.loop.time() + LOOK_SECONDS, 0
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), max(0.0, next_full - self.loop.time()))
            self.wake.clear()
            whom, self.nudged = self.nudged, set()
            await self.look_again(self.sockets_of(whom))
            if self.loop.time() >= next_full:
                next_full = self.loop.time() + LOOK_SECONDS
                looks += 1
                await self.transport.look_again()
                await self.look_around(thoroughly=looks % THOROUGH_EVERY == 0)

    async def look_around(self, *, thoroughly: bool) -> None:
        """Everybody, but in detail only those for whom a sum says that something is different; now and then everybody in detail."""
        for some in portions(self.sockets()):
            try:
                await self.look_again(some if thoroughly else await self.changed(some))
            except Exception as error:
                log.warning("the hub could not look around", extra={"error": repr(error)})

    async def changed(self, sockets: list[Socket]) -> list[Socket]:
        seen = await in_thread(selectors.glance, *whose(sockets))
        return [s for s in sockets if s.session_id not in seen.sessions or seen.sums.get(s.member_id, (0, 0)) != self.sum_of(s)]

    def sum_of(self, socket: Socket) -> tuple[int, int]:
        return len(socket.rooms), sum(self.feeds[room].head for room in socket.rooms if room in self.feeds)

    async def look_again(self, sockets: list[Socket]) -> None:
        for some in portions(sockets):
            try:
                seen = await self.look_at(some)
                for socket in some:
                    await self.correct(socket, seen)
            except Exception as error:
                log.warning("the hub could not look again", extra={"error": repr(error)})

    async def look_at(self, sockets: Sequence[Socket]) -> Look:
        """What is true of these sockets, and perhaps of others that are looked at in the same moment."""
        return await self.looks(sockets)

    async def look_at_all(self, groups: Sequence[Sequence[Socket]]) -> list[Look]:
        seen = await in_thread(selectors.look, *whose(chain.from_iterable(groups)))
        return [seen] * len(groups)

    async def correct(self, socket: Socket, seen: Look) -> None:
        """Makes a socket's view true again, and tells its client what changed."""
        if socket.session_id not in seen.sessions:
            socket.close(SIGN_IN_AGAIN)
            return
        socket.hides_presence = socket.member_id in seen.hiding
        views = seen.rooms.get(socket.member_id, {})
        for room in socket.rooms.keys() - views.keys():
            self.leave_room(socket, room)
            socket.say({"type": "room_closed", "room": str(room)})
        for room in views.keys() - socket.rooms.keys():
            await self.welcome(socket, views[room])
        for view in views.values():
            if feed := self.feeds.get(view.id):
                feed.expect(view.head)

    async def welcome(self, socket: Socket, view: RoomView) -> None:
        """A match that is new to this socket."""
        await self.join_rooms(socket, {view.id: view.peer_id})
        fresh = (await self.look_at([socket])).rooms.get(socket.member_id, {}).get(view.id)
        if fresh is not None:
            self.begin([fresh])
            shown = await in_thread(selectors.show_match, socket.member_id, view.id)
            socket.say({"type": "match", **shown})

    # --- Heartbeats ---

    async def beat(self) -> None:
        async for socket in unhurried(self.sockets()):
            socket.say({"type": "heartbeat", "rooms": self.heads(socket)})

    def heads(self, socket: Socket) -> dict[str, int]:
        return {str(room): self.feeds[room].head for room in socket.rooms if room in self.feeds}

    async def be_present(self) -> None:
        if self.members and await self.attendance.touched(self.members):
            await self.tell_of_peers()

    async def tell_of_peers(self) -> None:
        rooms_by_peer: dict[UUID, set[UUID]] = {}
        for socket in self.sockets():
            for room, peer in socket.rooms.items():
                rooms_by_peer.setdefault(peer, set()).add(room)
        async for peer, note in unhurried(await self.attendance.changes(set(rooms_by_peer))):
            for room in rooms_by_peer.get(peer, ()):
                if feed := self.feeds.get(room):
                    feed.overhear([note])

    # --- The end ---

    async def stop(self) -> None:
        """Closes every socket with 1012: clients come back, to whatever process takes our place."""
        post.detach(self.loop)
        members = list(self.members)
        for socket in [socket for pair in self.members.values() for socket in pair]:
            socket.close(RESTARTING, after_all=True)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        with suppress(Exception):
            await self.attendance.leave_all(members)


async def redeem_all(wanted: Sequence[str]) -> list[Visitor | None]:
    return await in_thread(tickets.redeem, wanted)


async def every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """For ever: what fails once is done again the next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Exception as error:
            log.warning("the hub could not do what it does every so often", extra={"error": repr(error)})


async def unhurried(things: Iterable[T]) -> AsyncIterator[T]:
    """Lets others have the event loop now and then: to tell a thousand sockets something takes longer than a message may wait."""
    for place, thing in enumerate(things, 1):
        yield thing
        if place % TOLD_TOGETHER == 0:
            await asyncio.sleep(0)


def portions(sockets: list[Socket]) -> list[list[Socket]]:
    return [sockets[start : start + MAX_LOOK] for start in range(0, len(sockets), MAX_LOOK)]


def whose(sockets: Iterable[Socket]) -> tuple[set[UUID], set[UUID]]:
    """Their sessions and their members."""
    pairs = {(socket.session_id, socket.member_id) for socket in sockets}
    return {session_id for session_id, _ in pairs}, {member_id for _, member_id in pairs}


_hub: Hub | None = None


def hub() -> Hub:
    """The hub of the running loop; a process that serves has one."""
    global _hub
    if _hub is None or _hub.loop is not asyncio.get_running_loop():
        _hub = Hub()
    return _hub


async def shutdown() -> None:
    """For the end of the server's life: stores what waits, says goodbye, and leaves nothing running. Harmless without sockets."""
    global _hub
    current, _hub = _hub, None
    loop = asyncio.get_running_loop()
    until = loop.time() + STORING_SECONDS
    here = current if current is not None and current.loop is loop else None
    if here is not None:
        with suppress(Exception):
            await here.express.close()
    await loop.run_in_executor(None, writer.stop, until - loop.time())
    if here is not None:
        await here.stop()
