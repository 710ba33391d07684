"""A score in words: the parts that sum to it, how sure it is, and the reasons worth telling.

Reasons are codes with parameters; their texts are rendered for the viewer, in the viewer's language.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from accounts.vocabulary.selectors import Vocabulary
from matching.score import Features, Score, Tables

STRONG = 0.8
SHARED_BAND = 0.7
MAX_SHARED_SKILLS = 3
MAX_VALUES = 2
ACRONYMS = {"ai": "AI"}


class Part(TypedDict):
    factor: str
    value: float
    weight: float
    points: float


class Boosted(TypedDict):
    code: str
    points: float


class Reason(TypedDict):
    code: str
    params: dict[str, Any]
    text: str


class Explanation(TypedDict):
    score: float
    confidence: float
    explanation: list[Part]
    boosts: list[Boosted]
    reasons: list[Reason]
    matrix_version: int


def explain(a: Features, b: Features, result: Score, tables: Tables, known: Vocabulary, commonness: Mapping[str, int]) -> Explanation:
    """Points are on the scale of the shown score (0–100) and sum to it; `commonness` counts members by skill key."""
    return {
        "score": shown(result.total),
        "confidence": round(result.confidence, 4),
        "explanation": [
            {"factor": part.name, "value": part.value, "weight": part.weight, "points": part.weight * part.value * 100}
            for part in result.factors
        ],
        "boosts": boosts(result),
        "reasons": list(reasons(a, b, result, tables, known, commonness)),
        "matrix_version": tables.version,
    }


def shown(total: float) -> float:
    """A total in [0, 1] as people see it: 0–100 with one decimal, half a tenth rounded up."""
    return math.floor(total * 1000 + 0.5 + 1e-6) / 10


def boosts(result: Score) -> list[Boosted]:
    """What was added, and as `cap` what a total above 100 had to give back."""
    rows: list[Boosted] = [{"code": "+".join(groups), "points": points * 100} for groups, points in result.boosts]
    if (excess := result.uncapped - 1.0) > 0:
        rows.append({"code": "cap", "points": -excess * 100})
    return rows


def reasons(a: Features, b: Features, result: Score, tables: Tables, known: Vocabulary, commonness: Mapping[str, int]) -> Iterator[Reason]:
    """In the fixed order: field, complement, wanted, shared skills, availability, values, boosts."""
    values = {part.name: part.value for part in result.factors if part.known}
    if values.get("field", 0.0) > STRONG and a.field and b.field:
        yield field_synergy(known.fields[a.field].name, known.fields[b.field].name, values["field"])
    parts = result.skills
    if (parts.complement or 0.0) > STRONG and parts.best_pair:
        s, t, value = parts.best_pair
        yield complement(known.skills[s].name, known.skills[t].name, value, tables.version)
    if parts.wanted:
        yield wanted(parts.wanted)
    if (parts.overlap or 0.0) > SHARED_BAND:
        rarest = sorted(a.skills & b.skills, key=lambda key: (commonness.get(key, 0), key))[:MAX_SHARED_SKILLS]
        yield shared_skills([known.skills[key].name for key in rarest])
    if values.get("availability", 0.0) > STRONG:
        yield reason("availability", {"yours": a.hours, "theirs": b.hours}, _("You both have similar time to give."))
    if values.get("values", 0.0) > STRONG:
        yield shared_values(sorted(a.values & b.values)[:MAX_VALUES])
    for groups, points in result.boosts:
        yield boost(groups, points)


def reason(code: str, params: dict[str, Any], text: str) -> Reason:
    return {"code": code, "params": params, "text": text}


def field_synergy(field_a: str, field_b: str, value: float) -> Reason:
    params = {"field_a": field_a, "field_b": field_b, "value": value}
    return reason("field_synergy", params, _("%(field_a)s and %(field_b)s work well together.") % params)


def complement(skill_a: str, skill_b: str, value: float, version: int) -> Reason:
    params = {"skill_a": skill_a, "skill_b": skill_b, "value": value, "matrix_version": version}
    shown_value = {**params, "value": f"{value:.2f}"}
    return reason("complement", params, _("Complementary: %(skill_a)s × %(skill_b)s, %(value)s, matrix v%(matrix_version)s.") % shown_value)


def wanted(share: float) -> Reason:
    text = _("You bring what the other is looking for.") if share >= 0.5 else _("Some of what one of you looks for, the other brings.")
    return reason("wanted", {"share": share}, text)


def shared_skills(skills: list[str]) -> Reason:
    return reason("shared_skills", {"skills": skills}, _("You share %(skills)s.") % {"skills": ", ".join(skills)})


def shared_values(values: list[str]) -> Reason:
    text = _("You share values: %(values)s.") % {"values": ", ".join(values)} if values else _("You like to work in the same way.")
    return reason("values", {"values": values}, text)


def boost(groups: tuple[str, str], points: float) -> Reason:
    params = {"group_a": groups[0], "group_b": groups[1], "points": points * 100}
    first, second = (ACRONYMS.get(group, group) for group in groups)
    shown_groups = {"group_a": first[:1].upper() + first[1:], "group_b": second}
    return reason("boost", params, _("%(group_a)s and %(group_b)s: a pairing that often succeeds.") % shown_groups)
