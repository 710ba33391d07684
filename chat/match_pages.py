"""The page of matches: it shows what was said last, so it lives with the conversations."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request

from accounts.views import member_of
from chat import selectors
from ops.paging import NewestFirst


@login_required
def matches(request: HttpRequest) -> HttpResponse:
    member = member_of(request)
    pages = NewestFirst()
    rows = pages.paginate_queryset(selectors.open_matches(member), Request(request)) or []
    results = selectors.show_matches(member, rows)
    page = {"results": results, "next": pages.get_next_link(), "previous": pages.get_previous_link()}
    return render(request, "matching/matches.html", {"page": page})
