"""The socket `/ws/chat`: frames of one client in, calls and answers out.

A plain ASGI callable: the consumers of Channels wait for a thread before every event, also before those they only pass on. Nearly every
frame is through when it has been heard; what has to wait is handed back as a `Rest` (`ops/websockets.py`), and the frames behind it wait
for that.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextvars import copy_context
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
from chat.outbox import Outbox, SendEvent, cannot
from chat.selectors import RoomView, Visitor, missed_events
from chat.sockets import Socket
from chat.threads import in_thread
from chat.transport import background
from ops.context import serving
from ops.errors import Invalid, Problem, TooMany
from ops.websockets import LISTEN, REST, SAY, Rest

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
        extensions = scope.get("extensions", {})
        conversation = Conversation(hub(), visitor, send, extensions.get(SAY, cannot), request_id)
        if listen := extensions.get(LISTEN):
            context = copy_context()
            listen(lambda event: context.run(conversation.hear, event))
        await converse(conversation, visitor.rooms, receive)


async def converse(conversation: "Conversation", rooms: Mapping[UUID, UUID], receive: Receive) -> None:
    try:
        await conversation.begin(rooms)
        while (event := await receive())["type"] != "websocket.disconnect":
            rest = event["rest"] if event["type"] == REST else conversation.hear(event)
            if rest is not None:
                await rest()
    except asyncio.CancelledError:
        if not conversation.given_up:
            raise
    finally:
        conversation.end()


class Conversation:
    """What one client says, answered."""

    def __init__(self, home: Hub, visitor: Visitor, send: SendEvent, say: Callable[[str], bool], request_id: str) -> None:
        self.hub = home
        self.member_id = visitor.member_id
        self.request_id = request_id
        self.given_up = self.too_fast = False
        self.task = asyncio.current_task()
        self.socket = Socket(home.name, visitor.member_id, visitor.session_id, Outbox(send, self.give_up, say))
        self.unanswered, self.answered = 0, asyncio.Event()

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

    def hear(self, event: dict[str, Any]) -> Rest | None:
        if self.socket.outbox.closing or self.too_fast:
            return None
        text = event.get("text")
        size = len(event.get("bytes") or b"") if text is None else len(text.encode(errors="surrogatepass"))
        if size > MAX_FRAME_BYTES:
            self.socket.close(TOO_LARGE)
        elif not limits.may_speak(self.member_id):
            self.socket.close(TOO_FAST)
        else:
            return self.hear_text(text)
        return None

    def hear_text(self, text: str | None) -> Rest | None:
        """Whatever a frame holds, the answer is a frame: an exception here is ours, and costs this frame only."""
        payload: dict[str, Any] = {}
        try:
            if text is None:
                raise Invalid("Frames are JSON text.")
            payload = frames.load(text)
            rest = self.obey(frames.understand(payload))
        except Exception as error:
            self.fail(error, payload)
            return None
        return partial(self.finish, rest, payload) if rest is not None else None

    async def finish(self, rest: Rest, payload: dict[str, Any]) -> None:
        try:
            await rest()
        except Exception as error:
            self.fail(error, payload)

    def fail(self, error: Exception, payload: dict[str, Any]) -> None:
        if not isinstance(error, Problem):
            log.error("a frame could not be answered", exc_info=error)
        self.refuse(error if isinstance(error, Problem) else Problem(), payload)

    def refuse(self, problem: Problem, payload: dict[str, Any]) -> None:
        frame: frames.Error = {"type": "error", "code": problem.code, "detail": str(problem.detail), "request_id": self.request_id}
        if client_id := frames.id_in(payload, "client_id"):
            frame["client_id"] = client_id
        elif payload.get("type") in ("edit", "delete") and (message_id := frames.id_in(payload, "id")):
            frame["id"] = message_id
        self.socket.say(frame)

    def obey(self, frame: frames.ClientFrame) -> Rest | None:
        match frame:
            case Ping():
                self.socket.say({"type": "pong"})
            case Resume():
                return partial(self.resume, frame)
            case Typing():
                self.prove_membership(frame.room)
                self.show_typing(frame)
            case Send():
                self.prove_membership(frame.room)
                return self.send(frame)
            case Edit() | Delete() | Read():
                self.prove_membership(frame.room)
                return self.store(frame)
        return None

    def prove_membership(self, room: UUID) -> None:
        if room not in self.socket.rooms:
            raise RoomNotFound

    # --- Messages ---

    def send(self, frame: Send) -> Rest | None:
        if limits.may_send(self.member_id):
            return self.store(frame)
        self.refuse(TooMany(), named(frame))
        return self.close_as_too_fast

    async def close_as_too_fast(self) -> None:
        """Everything that was taken is answered first; nothing more is taken."""
        if self.too_fast:
            return
        self.too_fast = True
        await self.answers(below=1)
        self.socket.close(TOO_FAST, after_all=True)

    def store(self, frame: Send | Edit | Delete | Read) -> Rest | None:
        """Hands a change on and goes on reading: the answer comes after the commit. 64 may be unanswered at once."""
        if self.unanswered >= MAX_UNANSWERED:
            return partial(self.store_later, frame)
        self.unanswered += 1  # before it is handed on: a refusal may come at once
        self.hub.express.submit(Change(self.member_id, frame, socket=self.socket.key), partial(self.answer, frame))
        return None

    async def store_later(self, frame: Send | Edit | Delete | Read) -> None:
        await self.answers(below=MAX_UNANSWERED)
        self.store(frame)

    async def answers(self, below: int) -> None:
        """Returns when fewer than `below` changes are unanswered."""
        while self.unanswered >= below:
            self.answered.clear()
            await self.answered.wait()

    def answer(self, frame: Send | Edit | Delete | Read, outcome: Outcome) -> None:
        self.unanswered -= 1
        self.answered.set()
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
