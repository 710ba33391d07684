"""The bodies that the chat's REST side reads, and the shapes it answers with."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chat.frames import MAX_BODY_CHARACTERS, MAX_SEQ, read_body
from matching.serializers import CardShape
from ops.paging import DEFAULT_LIMIT, MAX_LIMIT
from ops.serializers import Body, Query, WholeNumber


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": MAX_BODY_CHARACTERS})
class MessageText(serializers.Field[str, Any, str, Any]):
    """Reads what the socket reads: the same text is right or wrong through either door."""

    def to_internal_value(self, data: Any) -> str:
        return read_body("body", data)

    def to_representation(self, value: str) -> str:
        return value


class SeqField(WholeNumber):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_SEQ, **kwargs)


class SendBody(Body):
    client_id = serializers.UUIDField(help_text="The sender's own id for the message: sent again, it is stored once.")
    body = MessageText()
    photo = serializers.UUIDField(required=False, allow_null=True)


class EditBody(Body):
    body = MessageText()


class ReadBody(Body):
    seq = SeqField()


class MessagesQuery(Query):
    after = SeqField(required=False, help_text="A seq: what happened behind it, for catching up.")
    before = SeqField(required=False, help_text="A position: the messages in front of it, for history.")
    limit = WholeNumber(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "after" in attrs and "before" in attrs:
            raise serializers.ValidationError({"before": ["Give after or before, not both."]})
        return attrs


# --- Answers ---


class MessagePhotoShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    urls = serializers.DictField(child=serializers.CharField())
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField()


class MessageShape(serializers.Serializer[Any]):
    room = serializers.UUIDField()
    id = serializers.UUIDField()
    position = serializers.IntegerField()
    seq = serializers.IntegerField()
    sender = serializers.UUIDField()
    client_id = serializers.UUIDField()
    body = serializers.CharField(allow_blank=True)
    photo = MessagePhotoShape(allow_null=True)
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    deleted = serializers.BooleanField()


class MessagesShape(serializers.Serializer[Any]):
    results = MessageShape(many=True)
    has_more = serializers.BooleanField()
    head = serializers.IntegerField()


class RoomShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    match = serializers.UUIDField()
    peer = CardShape()
    head = serializers.IntegerField()
    read_seq = serializers.IntegerField()
    peer_read_seq = serializers.IntegerField()
    unread = serializers.IntegerField()
    last_message = MessageShape(allow_null=True)


class MatchRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    member = CardShape()
    room = serializers.UUIDField()
    score = serializers.FloatField()
    matched_at = serializers.DateTimeField()
    last_message = MessageShape(allow_null=True)
    unread = serializers.IntegerField()


class TicketShape(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()
