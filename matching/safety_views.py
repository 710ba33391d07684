"""The API of keeping away: blocks and reports."""

from typing import Any
from uuid import UUID

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import serializers, services
from accounts.models import Block
from accounts.moderation.serializers import ReportBody, ReportRow
from accounts.views import member_of, read
from matching import safety
from ops.errors import NotFound


class Blocks(generics.ListAPIView[Block]):
    """Whom you have blocked."""

    serializer_class = serializers.BlockRow

    def get_queryset(self) -> Any:
        rows = Block.objects.filter(blocker=member_of(self.request)).annotate(name=F("blocked__profile__name"), member=F("blocked_id"))
        return rows.values("id", "member", "name", "created_at")

    @extend_schema(request=serializers.MemberBody, responses={201: serializers.MemberBody})
    def post(self, request: Request) -> Response:
        """Neither sees the other again, anywhere, from now on. They are not told."""
        body = read(serializers.MemberBody, request)
        safety.block(member_of(request), body["member"])
        return Response({"member": str(body["member"])}, status=201)


class OneBlock(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, member_id: UUID) -> Response:
        if not services.unblock(member_of(request), member_id):
            raise NotFound
        return Response(status=204)


class Reports(APIView):
    limits = ["reports"]

    @extend_schema(request=ReportBody, responses={201: ReportRow})
    def post(self, request: Request) -> Response:
        """Tells staff about a member. One report about the same member can be open at a time; the member is not told."""
        body = read(ReportBody, request)
        made = safety.report(member_of(request), body.pop("subject"), **body)
        return Response(ReportRow(made).data, status=201)
