"""What a page adds to the API's dictionaries: labels, and how full each meter is."""

from typing import Any, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Profile
from matching import embedding
from matching.explain import Explanation
from matching.selectors import Card

FACTOR_LABELS = {
    "field": gettext_lazy("Field"),
    "skills": gettext_lazy("Skills"),
    "experience": gettext_lazy("Experience"),
    "availability": gettext_lazy("Time"),
    "location": gettext_lazy("Place"),
    "values": gettext_lazy("Values"),
    "semantic": gettext_lazy("What you wrote"),
}
MISSING_HINTS = {
    "photo": gettext_lazy("A photo makes it easier to say yes."),
    "headline": gettext_lazy("A headline tells in a line what you do."),
    "bio": gettext_lazy("Write a few sentences about yourself: then your words count, too."),
    "field": gettext_lazy("Choose your field: some fields work especially well together."),
    "role": gettext_lazy("Name your role: two roles of one field complete one another."),
    "skills": gettext_lazy("Add skills, three at least: what you bring is what others search for."),
    "wanted_skills": gettext_lazy("Say which skills you look for."),
    "experience_level": gettext_lazy("Say how experienced you are."),
    "hours_per_week": gettext_lazy("Say how many hours a week you have."),
    "place": gettext_lazy("Say where you are, or that you only work remotely."),
}


def boost_label(code: str) -> str:
    if code == "cap":
        return _("Capped at 100")
    return " + ".join(word.capitalize() for word in code.split("+"))


def explained(result: Explanation, *, reading: bool) -> dict[str, Any]:
    """An explanation for the page; `reading` while a text is still being read by the model."""
    return {
        **result,
        "explanation": [
            {**part, "label": FACTOR_LABELS[part["factor"]], "share": round(part["value"] * 100)} for part in result["explanation"]
        ],
        "boosts": [{**boost, "label": boost_label(boost["code"])} for boost in result["boosts"]],
        "reading": reading,
    }


def as_card(member: Card, result: Explanation, *, reading: bool) -> dict[str, Any]:
    return {**explained(result, reading=reading), "member": member}


def is_reading(viewer: Profile, other: Profile) -> bool:
    return embedding.is_reading(viewer) or embedding.is_reading(other)


def hints(missing: list[str]) -> list[str]:
    """What the viewer could add to be better understood."""
    return [str(MISSING_HINTS[name]) for name in missing]


def filter_query(data: Mapping[str, Any]) -> dict[str, Any]:
    """The filter form's values without what was left empty."""
    return {name: value for name, value in data.items() if value not in ("", None, [], False)}
