"""Rooms and their log.

The log's rows point to rooms and members by plain ids: it may live in another database than they do.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

from matching.models import Match
from ops.ids import uuid7
from ops.models import Row


class Room(models.Model):
    """The conversation of a match; it bears the match's id.

    `head` is the seq of the latest event, `last_position` that of the latest message's creation.
    """

    match = models.OneToOneField(Match, on_delete=models.CASCADE, primary_key=True, related_name="room")
    head = models.BigIntegerField(default=0)
    last_position = models.BigIntegerField(default=0)
    active_at = models.DateTimeField(default=timezone.now, help_text="Time of the last message; rooms are listed by it.")
    closed_at = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=10, default="default", db_default="default", help_text="The database that has its messages.")

    class Meta:
        # moving.rooms_to_move: those whose messages are not where they shall be.
        indexes = [models.Index(fields=["place", "match"], name="chat_room_place")]

    def __str__(self) -> str:
        return f"room {self.pk} at {self.head}"


class Membership(Row):
    """One of the two members of a room, whom they talk to there, and how far they have read."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rooms")
    peer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "member"], name="chat_membership_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.room_id}"


class LogHome(Row):
    """The one row that says where new rooms keep their messages: written by a move."""

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    place = models.CharField(max_length=10)

    def __str__(self) -> str:
        return self.place


class Message(Row):
    """A message. `position` is the seq of its creation and never changes; `seq` that of its latest event."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False, db_column="_id")  # as MongoDB calls it
    room_id = models.UUIDField()
    sender_id = models.UUIDField()
    client_id = models.UUIDField()
    position = models.BigIntegerField()
    seq = models.BigIntegerField()
    body = models.TextField(max_length=4000)
    photo_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # selectors.events_after: catching up by seq.
            models.UniqueConstraint(fields=["room_id", "seq"], name="chat_message_seq"),
            # selectors.history: pages by position.
            models.UniqueConstraint(fields=["room_id", "position"], name="chat_message_position"),
            # log.already_sent: a retry finds the message it made. client_id comes first: it tells nearly every row by itself.
            models.UniqueConstraint(fields=["client_id", "room_id", "sender_id"], name="chat_message_client_id"),
        ]

    def __str__(self) -> str:
        return f"message {self.position} in {self.room_id}"


class Ticket(Row):
    """A 30-second, single-use way into the socket, bound to the session that asked for it."""

    session = models.ForeignKey("accounts.Session", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"ticket of {self.session_id}"
