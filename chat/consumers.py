"""The socket `/ws/chat`: frames of one client in, calls and answers out.

A plain ASGI callable: the consumers of Channels wait for a thread before every event, also before those they only pass on.
"""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from chat import entry, frames, limits
from chat.entry import Refused
from chat.errors import RoomNotFound
from chat.frames import MAX_FRAME_BYTES, MAX_RESUMED_EVENTS, Delete, Edit, Ping, Read, Resume, Send, Typing
from chat.hub import HEARTBEAT_SECONDS, SIGN_IN_AGAIN, Hub, hub
from chat.letters import Note, RoomLetter
from chat.log import Change, Outcome, Stored
from chat.origins import Scope
from chat.outbox import SendEvent
from chat.selectors import RoomView, Visitor, missed_events
from chat.sockets import Socket
from chat.threads import in_thread
from chat.transport import background
from chat.writer import write_soon
from ops.context import serving
from ops.errors import Invalid, Problem, TooMany

log = logging.getLogger("alliv.chat")
TOO_LARGE, TRY_LATER, TOO_FAST = 1009, 1013, 4429
MAX_UNANSWERED = 64
MAX_MISSED_TOGETHER = 500


class Receive(Protocol):
    async def __call__(self) -> dict[str, Any]: ...


async def chat_socket(scope: Scope, receive: Receive, send: SendEvent) -> None:
    """One connection from handshake to end."""
    await receive()
    await send({"type": "websocket.accept"})
    with serving(entry.headers_of(scope).get("x-request-id")) as request_id:
        try:
            visitor = await entry.admit(scope, hub().redeem)
        except Refused as refusal:
            await send({"type": "websocket.close", "code": refusal.code})
            return
        except Exception:
            log.exception("a socket could not be opened")
            await send({"type": "websocket.close", "code": TRY_LATER})
            return
        if not limits.may_open_one_more(hub().members.get(visitor.member_id, ())):
            await send({"type": "websocket.close", "code": TOO_FAST})
            return
        await converse(Conversation(hub(), visitor, send, request_id), visitor.rooms, receive)


async def converse(conversation: "Conversation", rooms: Mapping[UUID, UUID], receive: Receive) -> None:
    try:
        await conversation.begin(rooms)
        while (event := await receive())["type"] != "websocket.disconnect":
            await conversation.hear(event)
    except asyncio.CancelledError:
        if not conversation.given_up:
            raise
    finally:
        conversation.end()


class Conversation:
    """What one client says, answered."""

    def __init__(self, home: Hub, visitor: Visitor, send: SendEvent, request_id: str) -> None:
        self.hub = home
        self.member_id = visitor.member_id
        self.request_id = request_id
        self.given_up = self.too_fast = False
        self.task = asyncio.current_task()
        self.socket = Socket(home.name, visitor.member_id, visitor.session_id, send, self.give_up)
        self.unanswered = asyncio.Semaphore(MAX_UNANSWERED)

    def give_up(self) -> None:
        """The client takes nothing, so nothing can be said to it any more, not even goodbye."""
        self.given_up = True
        if self.task is not None:
            self.task.cancel()

    async def begin(self, rooms: Mapping[UUID, UUID]) -> None:
        try:
            views = await self.hub.enter(self.socket, rooms)
        except Exception:
            log.exception("a socket could not begin")
            self.socket.close(TRY_LATER)
            return
        if views is None:
            self.socket.close(SIGN_IN_AGAIN)
            return
        self.socket.say(self.hello(views))
        self.socket.release()
        self.socket.ready = True

    def hello(self, views: dict[UUID, RoomView]) -> frames.Hello:
        return {
            "type": "hello",
            "session": str(self.socket.session_id),
            "member": str(self.member_id),
            "heartbeat": HEARTBEAT_SECONDS,
            "rooms": {
                str(view.id): {"head": view.head, "read_seq": view.read_seq, "peer_read_seq": view.peer_read_seq} for view in views.values()
            },
            "request_id": self.request_id,
        }

    def end(self) -> None:
        for room in list(self.socket.typing):
            self.stop_typing(room)
        self.hub.leave(self.socket)
        self.socket.stop()

    # --- Hearing ---

    async def hear(self, event: dict[str, Any]) -> None:
        if self.socket.outbox.closing:
            return
        text = event.get("text")
        size = len(event.get("bytes") or b"") if text is None else len(text.encode(errors="surrogatepass"))
        if size > MAX_FRAME_BYTES:
            self.socket.close(TOO_LARGE)
        elif not limits.may_speak(self.member_id):
            self.socket.close(TOO_FAST)
        else:
            await self.hear_text(text)

    async def hear_text(self, text: str | None) -> None:
        """Whatever a frame holds, the answer is a frame: an exception here is ours, and costs this frame only."""
        payload: dict[str, Any] = {}
        try:
            if text is None:
                raise Invalid("Frames are JSON text.")
            payload = frames.load(text)
            await self.obey(frames.understand(payload))
        except Problem as problem:
            self.refuse(problem, payload)
        except Exception:
            log.exception("a frame could not be answered")
            self.refuse(Problem(), payload)

    def refuse(self, problem: Problem, payload: dict[str, Any]) -> None:
        frame: frames.Error = {"type": "error", "code": problem.code, "detail": str(problem.detail), "request_id": self.request_id}
        if client_id := frames.id_in(payload, "client_id"):
            frame["client_id"] = client_id
        elif payload.get("type") in ("edit", "delete") and (message_id := frames.id_in(payload, "id")):
            frame["id"] = message_id
        self.socket.say(frame)

    async def obey(self, frame: frames.ClientFrame) -> None:
        match frame:
            case Ping():
                self.socket.say({"type": "pong"})
            case Resume():
                await self.resume(frame)
            case Typing():
                self.prove_membership(frame.room)
                self.show_typing(frame)
            case Send():
                self.prove_membership(frame.room)
                await self.send(frame)
            case Edit() | Delete() | Read():
                self.prove_membership(frame.room)
                await self.store(frame)

    def prove_membership(self, room: UUID) -> None:
        if room not in self.socket.rooms:
            raise RoomNotFound

    # --- Messages ---

    async def send(self, frame: Send) -> None:
        if limits.may_send(self.member_id):
            await self.store(frame)
            return
        self.refuse(TooMany(), named(frame))
        await self.close_as_too_fast()

    async def close_as_too_fast(self) -> None:
        if self.too_fast:
            return
        self.too_fast = True
        for _ in range(MAX_UNANSWERED):  # everything that was taken is answered first
            await self.unanswered.acquire()
        self.socket.close(TOO_FAST, after_all=True)

    async def store(self, frame: Send | Edit | Delete | Read) -> None:
        """Hands a change to the writer and goes on reading: the answer comes after the commit. 64 may be unanswered at once."""
        await self.unanswered.acquire()
        try:
            write_soon(Change(self.member_id, frame, socket=self.socket.key), partial(self.answer, frame))
        except Problem:
            self.unanswered.release()
            raise

    def answer(self, frame: Send | Edit | Delete | Read, outcome: Outcome) -> None:
        self.unanswered.release()
        if isinstance(outcome, Problem):
            self.refuse(outcome, named(frame))
            if type(outcome) is TooMany:  # in another process as well; a day that is full is no haste
                background(self.close_as_too_fast())
        elif isinstance(outcome, Stored) and isinstance(frame, Send):
            self.socket.say(frames.ack_of(outcome.message))
        elif isinstance(outcome, Stored) and not outcome.fresh:
            self.socket.say(frames.message_frame(outcome.message))

    # --- Typing ---

    def show_typing(self, frame: Typing) -> None:
        """Told once when it begins and once when it ends, at the latest after five seconds without a word."""
        timer = self.socket.typing.pop(frame.room, None)
        if timer is not None:
            timer.cancel()
        if frame.on:
            expiry = partial(self.stop_typing, frame.room)
            self.socket.typing[frame.room] = asyncio.get_running_loop().call_later(frames.TYPING_SECONDS, expiry)
        if frame.on or timer is not None:
            self.tell_typing(frame.room, frame.on)

    def stop_typing(self, room: UUID) -> None:
        timer = self.socket.typing.pop(room, None)
        if timer is not None:
            timer.cancel()
            self.tell_typing(room, on=False)

    def tell_typing(self, room: UUID, on: bool) -> None:
        text = frames.encode({"type": "typing", "room": str(room), "member": str(self.member_id), "on": on})
        letter: RoomLetter = {"type": "room", "room": str(room), "events": [], "notes": [Note("typing", text, str(self.member_id))]}
        self.hub.send(letter)

    # --- Resuming ---

    async def resume(self, frame: Resume) -> None:
        """What was missed, in order, then the heads; what happens meanwhile comes behind them."""
        self.socket.hold()
        covered: dict[UUID, int] = {}
        try:
            asked = await self.rooms_asked_for(frame)
            for some in portions(asked, frame.rooms):
                covered |= await self.tell_missed(some, frame.rooms)
            self.socket.say({"type": "resumed", "rooms": {str(room): max(view.head, covered.get(room, 0)) for room, view in asked.items()}})
        finally:
            self.socket.release(covered)

    async def rooms_asked_for(self, frame: Resume) -> dict[UUID, RoomView]:
        """What is left of them: a client that was away may not know that a room has closed."""
        seen = await self.hub.look_at([self.socket])
        views = seen.rooms.get(self.member_id, {})
        for room in frame.rooms:
            if room not in views or room not in self.socket.rooms:
                self.socket.say({"type": "room_closed", "room": str(room)})
        return {room: views[room] for room in frame.rooms if room in views and room in self.socket.rooms}

    async def tell_missed(self, views: dict[UUID, RoomView], lasts: Mapping[UUID, int]) -> dict[UUID, int]:
        """Returns how far each room was told."""
        near = {room: lasts[room] for room, view in views.items() if 0 < view.head - lasts[room] <= MAX_RESUMED_EVENTS}
        missed = await in_thread(missed_events, near)
        covered: dict[UUID, int] = {}
        for room, view in views.items():
            if room in near:
                await self.socket.tell_missed(room, missed[room])
                covered[room] = max([view.head, *(seq for seq, _ in missed[room])])
            elif view.head != lasts[room]:
                self.socket.say({"type": "gap", "room": str(room), "after": lasts[room], "head": view.head})
                covered[room] = view.head
        return covered


def portions(views: dict[UUID, RoomView], lasts: Mapping[UUID, int]) -> list[dict[UUID, RoomView]]:
    """Rooms in groups that are read at once: few rows in memory, few queries."""
    groups: list[dict[UUID, RoomView]] = [{}]
    size = 0
    for room, view in views.items():
        missed = min(max(0, view.head - lasts[room]), MAX_RESUMED_EVENTS)
        if groups[-1] and size + missed > MAX_MISSED_TOGETHER:
            groups.append({})
            size = 0
        groups[-1][room] = view
        size += missed
    return groups


def named(frame: Send | Edit | Delete | Read) -> dict[str, Any]:
    """What an error has to name so that the client knows what it is about."""
    match frame:
        case Send():
            return {"type": "send", "client_id": str(frame.client_id)}
        case Edit() | Delete():
            return {"type": "edit", "id": str(frame.id)}
        case Read():
            return {"type": "read"}
