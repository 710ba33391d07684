"""What a page adds to the API's dictionaries: labels, and how full each meter is."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import countries
from accounts.labels import LEVELS
from accounts.models import Profile
from matching import embedding
from matching.explain import Explanation, Part, complement, field_synergy
from matching.raising import Raise
from matching.selectors import Card
from matching.showcase import Example

FACTOR_LABELS = {
    "field": gettext_lazy("Field"),
    "skills": gettext_lazy("Skills"),
    "experience": gettext_lazy("Experience"),
    "availability": gettext_lazy("Time"),
    "location": gettext_lazy("Place"),
    "values": gettext_lazy("Values"),
    "semantic": gettext_lazy("What you wrote"),
}
# What a part compares, for whoever wants to know.
FACTOR_RULES = {
    "field": gettext_lazy("How well your two fields complete one another."),
    "skills": gettext_lazy("Some common ground, skills that complete one another, and what each of you looks for."),
    "experience": gettext_lazy("Close levels work well together, and so do a mentor and a beginner."),
    "availability": gettext_lazy("The nearer your hours are to each other, the fuller."),
    "location": gettext_lazy("The same city or country, hours of the day that meet, or both remote."),
    "values": gettext_lazy("Values and ways of working that you both named."),
    "semantic": gettext_lazy("How near your two texts are in meaning."),
}
FACTOR_OF_REASON = {
    "field_synergy": "field",
    "complement": "skills",
    "wanted": "skills",
    "shared_skills": "skills",
    "availability": "availability",
    "values": "values",
}
RAISING = {
    "field": gettext_lazy("Choose your field"),
    "experience_level": gettext_lazy("Say how experienced you are"),
    "hours_per_week": gettext_lazy("Say how many hours a week you have"),
    "place": gettext_lazy("Say where you are, or that you only work remotely"),
    "values": gettext_lazy("Name the values you work by"),
    "work_styles": gettext_lazy("Say how you like to work"),
    "skills": gettext_lazy("If you bring %(word)s, which they look for"),
    "wanted_skills": gettext_lazy("If you look for %(word)s, which they bring"),
}
# What makes no part of the score higher, or nobody can tell by how much.
ALSO_MISSING = {
    "photo": gettext_lazy("A photo makes it easier to say yes."),
    "headline": gettext_lazy("A headline tells in a line what you do."),
    "bio": gettext_lazy("Write a few sentences about yourself: then your words count, too."),
    "role": gettext_lazy("Name your role: two roles of one field complete one another."),
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
            {**part, "label": FACTOR_LABELS[part["factor"]], "rule": FACTOR_RULES[part["factor"]], "share": round(part["value"] * 100)}
            for part in result["explanation"]
        ],
        "boosts": [{**boost, "label": boost_label(boost["code"])} for boost in result["boosts"]],
        "reasons": list(with_points(result)),
        "reading": reading,
    }


def with_points(result: Explanation) -> Iterator[dict[str, Any]]:
    """Every reason with the points of its part, told once for each part; a boost's are its own."""
    left: dict[str, float] = {part["factor"]: part["points"] for part in result["explanation"]}
    for reason in result["reasons"]:
        part = FACTOR_OF_REASON.get(reason["code"])
        points = left.pop(part, None) if part else reason["params"].get("points")
        yield {**reason, "points": points, "label": FACTOR_LABELS[part] if part else _("Pairing")}


def compared(mine: Profile, theirs: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """By factor, what the two profiles say about it: one's own first. Empty where nothing is said."""
    return {
        "field": (mine.field.name if mine.field else "", theirs["field"] or ""),
        "skills": (counted(mine.skills), counted(theirs["skills"])),
        "experience": (level_label(mine.experience_level), level_label(theirs["experience_level"])),
        "availability": (hours_label(mine.hours_per_week), hours_label(theirs["hours_per_week"])),
        "location": (
            place_label(mine.city, mine.country, remote=mine.remote_only),
            place_label(theirs["city"], theirs["country"], remote=theirs["remote_only"]),
        ),
        "values": (", ".join([*mine.values, *mine.work_styles]), ", ".join([*theirs["values"], *theirs["work_styles"]])),
        "semantic": (words_label(mine.headline, mine.bio), words_label(theirs["headline"], theirs["bio"])),
    }


def counted(skills: list[str]) -> str:
    return ngettext("%(count)s skill", "%(count)s skills", len(skills)) % {"count": len(skills)} if skills else ""


def words_label(*texts: str) -> str:
    count = sum(len(text.split()) for text in texts)
    return ngettext("%(count)s word", "%(count)s words", count) % {"count": count} if count else ""


def level_label(level: str | None) -> str:
    return str(dict(LEVELS).get(level or "", ""))


def hours_label(hours: int | None) -> str:
    return "" if hours is None else ngettext("%(count)s hour a week", "%(count)s hours a week", hours) % {"count": hours}


def place_label(city: str, country: str, *, remote: bool) -> str:
    named = [city, countries.names().get(country, country), _("remote") if remote else ""]
    return ", ".join(filter(None, named))


def as_card(member: Card, result: Explanation, *, reading: bool) -> dict[str, Any]:
    return {**explained(result, reading=reading), "member": member}


def is_reading(viewer: Profile, other: Profile) -> bool:
    return embedding.is_reading(viewer) or embedding.is_reading(other)


def hints(raises: list[Raise], missing: list[str]) -> list[dict[str, Any]]:
    """What the viewer could say: first what would raise this very score, and by how much."""
    told = [{"text": RAISING[row.code] % {"word": row.word}, "points": row.points, "at_most": row.at_most} for row in raises]
    return [*told, *({"text": ALSO_MISSING[name], "points": None} for name in missing if name in ALSO_MISSING)]


def anonymous(pair: Example) -> dict[str, Any]:
    """A real pair for everybody to see."""
    return {**explained(pair["result"], reading=False), "fields": pair["fields"], "shared": pair["shared"]}


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
