"""Nearby: who is close, as coarsely as anybody ever learns it. The same people as in Discover, ordered by how far they are."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from accounts import services as accounts
from accounts.forms import ProfilePart
from accounts.places import BANDS
from accounts.views import member_of
from matching import selectors
from matching.pages import own
from matching.ranking.filters import Filters
from matching.views import links, read_cursor

DISTANCES = [str(int(limit)) for limit, _name in BANDS]
ORDER = [name for _limit, name in BANDS]
USUAL = "25"


class PointForm(ProfilePart):
    """A point on the map, of which only the coarse cell is kept."""

    lat = forms.CharField(label=gettext_lazy("Latitude"), widget=forms.NumberInput(attrs={"step": "any", "min": -90, "max": 90}))
    lon = forms.CharField(label=gettext_lazy("Longitude"), widget=forms.NumberInput(attrs={"step": "any", "min": -180, "max": 180}))

    def to_body(self) -> dict[str, Any]:
        return {"location": {name: self.cleaned_data.get(name) for name in ("lat", "lon")}}


@login_required
def nearby(request: HttpRequest) -> HttpResponse:
    viewer, form = member_of(request), PointForm(request.POST if request.POST.get("do") == "set" else None)
    if request.POST.get("do") == "forget":
        accounts.save_profile(viewer, {"cell": ""})
        messages.success(request, _("Your place is forgotten."))
        return redirect("nearby")
    if form.is_valid():
        accounts.save_profile(viewer, form.changes())
        return redirect("nearby")
    wanted = request.GET.get("within", USUAL)
    within = wanted if wanted in DISTANCES else USUAL
    context = {"form": form, "placed": bool(own(request).cell), "within": within, "distances": DISTANCES}
    if context["placed"]:
        context |= people_within(request, within)
    return render(request, "matching/nearby.html", context, status=400 if form.is_bound else 200)


def people_within(request: HttpRequest, within: str) -> dict[str, Any]:
    """A page of the ranking within this distance; of each page the nearest stand first, and among those the best fit."""
    place = read_cursor(request.GET.get("cursor"), request)
    found = selectors.discover(member_of(request), Filters(within_km=float(within)), limit=50, counted=True, **place)
    rows = sorted(found.results, key=lambda row: ORDER.index(row["member"]["distance_band"] or ORDER[-1]))
    bands = [(band, list(group)) for band, group in groupby(rows, key=lambda row: row["member"]["distance_band"])]
    return {"bands": bands, "page": links(Request(request), found), "total": found.total}
