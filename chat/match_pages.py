"""The page of matches: it shows what was said last, so it lives with the conversations."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request

from accounts.models import Member
from chat import selectors
from ops.paging import NewestFirst


@login_required
def matches(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, Member)
    pages = NewestFirst()
    rows = pages.paginate_queryset(selectors.open_matches(request.user), Request(request)) or []
    results = selectors.show_matches(request.user, rows)
    page = {"results": results, "next": pages.get_next_link(), "previous": pages.get_previous_link()}
    return render(request, "matching/matches.html", {"page": page})
