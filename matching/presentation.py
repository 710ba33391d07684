"""What a page adds to the API's dictionaries: labels, and how full each meter is."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Profile
from matching import embedding
from matching.explain import Explanation, Part, complement, field_synergy
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


EXAMPLE = {
    "field": (0.93, 0.2),
    "skills": (0.95, 0.2),
    "experience": (0.9, 0.15),
    "availability": (0.95, 0.15),
    "location": (0.7, 0.1),
    "values": (0.78, 0.1),
    "semantic": (0.81, 0.1),
}


def example_card() -> dict[str, Any]:
    """An invented member for the front page, in the shape of a real card."""
    parts: list[Part] = [
        {"factor": name, "value": value, "weight": weight, "points": value * weight * 100} for name, (value, weight) in EXAMPLE.items()
    ]
    result: Explanation = {
        "score": round(sum(part["points"] for part in parts), 1),
        "confidence": 1.0,
        "explanation": parts,
        "boosts": [],
        "reasons": [
            field_synergy("Software Development", "Graphic Design", 0.9),
            complement("Figma", "React", 0.9, 1),
        ],
        "matrix_version": 1,
    }
    member: Card = {
        "id": "",
        "name": "Maya",
        "headline": "Designer who prototypes in code",
        "field": "Graphic Design",
        "role": "Product designer",
        "skills": ["Figma", "Design Systems", "User Research"],
        "photo": None,
        "country": "PT",
        "city": "Porto",
        "distance_band": "25-100",
        "online": True,
    }
    return as_card(member, result, reading=False)
