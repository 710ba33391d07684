"""The living page of the design system: every component in its states, from invented people. Development servers only."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from alliv.templatetags.page import TINTS, tint
from matching.presentation import example_card

LONG = "Siebentausendfünfhundertundeins Bezirksschornsteinfegermeisterinnen-Vertretungsangelegenheiten"
COLOURS = ("paper", "sheet", "ink", "quiet", "hair", "edge", "accent", "on-accent", "wash", "danger", "danger-wash")
ICONS = (
    "like", "super-like", "pass", "undo", "discover", "chat", "invitation", "match", "filter", "place", "clock", "check", "double-check",
    "warning", "info", "close", "more", "user", "settings", "photo", "trash", "edit", "back", "next", "keys", "block", "logout",
    "lock", "eye",
)  # fmt: skip


class SampleForm(forms.Form):
    name = forms.CharField(label="Text", help_text="With a sentence of help.")
    broken = forms.CharField(label="Refused")
    choice = forms.ChoiceField(label="Choice", choices=[("a", "One"), ("b", "Another")])
    words = forms.CharField(label="Long text", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    tick = forms.BooleanField(label="A tick", required=False)
    one = forms.ChoiceField(label="One of", choices=[("a", "This"), ("b", "That")], widget=forms.RadioSelect, required=False)


def components(request: HttpRequest) -> HttpResponse:
    if settings.PRODUCTION:
        raise Http404
    form = SampleForm({"name": "Maya", "choice": "a"})
    form.full_clean()
    context = {
        "colours": COLOURS,
        "icons": ICONS,
        "form": form,
        "cards": [example_card(), long_card()],
        "people": [{"id": name, "name": name} for name in one_of_each_tint()],
        "states": ("sending", "sent", "read", "failed"),
        "skills": ["Python", "Django", "PostgreSQL", "htmx", "Figma", "Typography", "Brand Identity", LONG],
        "missing": ["photo", "bio", "hours_per_week"],
        "page": {"next": "?page=3", "previous": "?page=1"},
        "hints": [{"text": "If you bring Docker, which they look for", "points": 2.5, "at_most": False}, {"text": LONG, "points": None}],
    }
    return render(request, "dev/components.html", context)


def long_card() -> dict[str, Any]:
    """The worst that members may write."""
    card = example_card()
    card["member"] = {**card["member"], "id": "long", "name": LONG, "headline": LONG, "role": LONG, "city": LONG, "skills": [LONG, "x"]}
    return {**card, "reasons": [], "reading": True, "boosts": [{"code": "cap", "label": "Capped at 100", "points": -3.2}]}


def one_of_each_tint() -> list[str]:
    names = [
        "Ana Ribeiro",
        "Ben Hartmann",
        "Cleo Wijaya",
        "Dan Mwangi",
        "Eve Sato",
        "Finn Berg",
        "Gus Lind",
        "Hana Ito",
        "Ines Roca",
        "Jo Park",
    ]
    found = {tint(name): name for name in names}
    return [found[number] for number in sorted(found)][:TINTS]
