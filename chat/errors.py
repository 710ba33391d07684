"""What can go wrong in a conversation, in the words of REST and sockets alike."""

from ops.errors import Conflict, NotFound, Unavailable


class RoomNotFound(NotFound):
    """There is no such room, the asker is no member of it, or one of the two has left, blocked the other or is suspended."""

    detail = "There is no such conversation."


class MessageNotFound(NotFound):
    detail = "There is no such message of yours."


class TooLate(Conflict):
    code, detail = "too_late", "A message can be edited for 15 minutes."


class Busy(Unavailable):
    """More waits to be stored than fits in the queue. Nothing was stored; the same client_id may be sent again."""

    code, detail = "busy", "Too much is being written right now: try again in a moment."

    def __init__(self) -> None:
        super().__init__()
        self.headers["Retry-After"] = "1"
