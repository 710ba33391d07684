"""Alliv's addresses and one more: a list of the bytes that Discover answered with first, as plain as a list can be."""

import json
from functools import lru_cache
from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Member
from accounts.views import member_of
from alliv.urls import handler400, handler403, handler404
from alliv.urls import urlpatterns as usual
from matching import selectors
from matching.ranking.filters import Filters

__all__ = ["handler400", "handler403", "handler404", "urlpatterns"]


@lru_cache(maxsize=64)
def first_answer(member: Member) -> Any:
    page = selectors.discover(member, Filters(), limit=20)
    return json.loads(json.dumps({"next": "x" * 200, "previous": None, "results": page.results}))


class SameBytes(APIView):
    """Authenticated, counted and rendered as every list is; what it shows is at hand."""

    def get(self, request: Request) -> Response:
        return Response(first_answer(member_of(request)))


urlpatterns = [path("api/bench/same-bytes", SameBytes.as_view()), *usual]
