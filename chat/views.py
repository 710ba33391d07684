"""The API of the chat: rooms, messages, read marks, tickets, and the matches that rooms belong to."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Session
from accounts.views import member_of, read
from chat import selectors, serializers, services, tickets
from chat.models import Membership
from matching import services as matching
from matching.models import Match
from ops.errors import NotAuthenticated
from ops.paging import NewestFirst


class LatestActivityFirst(NewestFirst):
    ordering = ("-active_at", "-room_id")


class Rooms(generics.ListAPIView[Membership]):
    """Your conversations by last activity."""

    serializer_class = serializers.RoomShape
    pagination_class = LatestActivityFirst
    queryset = Membership.objects.none()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        member = member_of(request)
        rows = self.paginate_queryset(selectors.rooms_by_activity(member)) or []
        return self.get_paginated_response(selectors.show_rooms(member, selectors.views_of(rows)))


class Messages(APIView):
    @extend_schema(parameters=[serializers.MessagesQuery], responses=serializers.MessagesShape)
    def get(self, request: Request, room_id: UUID) -> Response:
        """The messages of a room: the latest, those in front of a position, or what happened behind a seq. Always ascending."""
        query = serializers.MessagesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        view = selectors.room_for(member_of(request), room_id)
        if "after" in asked:
            return Response(selectors.catch_up(view, after=asked["after"], limit=asked["limit"]))
        return Response(selectors.history(view, before=asked.get("before"), limit=asked["limit"]))

    @extend_schema(request=serializers.SendBody, responses={201: serializers.MessageShape, 200: serializers.MessageShape})
    def post(self, request: Request, room_id: UUID) -> Response:
        """Sends a message. The same client_id again is answered with 200 and the message that it made."""
        stored = services.send_message(member_of(request), room_id, **read(serializers.SendBody, request))
        return Response(stored.message, status=201 if stored.fresh else 200)


class OneMessage(APIView):
    @extend_schema(request=serializers.EditBody, responses=serializers.MessageShape)
    def patch(self, request: Request, room_id: UUID, message_id: UUID) -> Response:
        """Changes the text of a message of yours, for 15 minutes."""
        body = read(serializers.EditBody, request)["body"]
        return Response(services.edit_message(member_of(request), room_id, message_id, body).message)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, room_id: UUID, message_id: UUID) -> Response:
        """Empties a message of yours for both; its place stays."""
        services.delete_message(member_of(request), room_id, message_id)
        return Response(status=204)


class ReadMark(APIView):
    @extend_schema(request=serializers.ReadBody, responses={204: None})
    def post(self, request: Request, room_id: UUID) -> Response:
        """You have seen everything up to this seq."""
        services.mark_read(member_of(request), room_id, read(serializers.ReadBody, request)["seq"])
        return Response(status=204)


class Tickets(APIView):
    @extend_schema(request=None, responses={201: serializers.TicketShape})
    def post(self, request: Request) -> Response:
        """A way into the socket, good once within 30 seconds: `/ws/chat?ticket=…`."""
        if not isinstance(request.auth, Session):
            raise NotAuthenticated
        return Response({"ticket": tickets.issue(request.auth), "expires_in": tickets.LIFE_SECONDS}, status=201)


class Matches(generics.ListAPIView[Match]):
    """Your matches, newest first."""

    serializer_class = serializers.MatchRow
    queryset = Match.objects.none()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        member = member_of(request)
        rows = self.paginate_queryset(selectors.open_matches(member)) or []
        return self.get_paginated_response(selectors.show_matches(member, rows))


class OneMatch(APIView):
    @extend_schema(responses=serializers.MatchRow)
    def get(self, request: Request, match_id: UUID) -> Response:
        return Response(selectors.show_match(member_of(request).pk, match_id))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, match_id: UUID) -> Response:
        """Ends the match for both; the conversation is closed and readable to neither."""
        matching.unmatch(member_of(request), match_id)
        return Response(status=204)
