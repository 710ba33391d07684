"""What would raise a score: the score itself, asked again for a profile that says one thing more.

Pure, like the score. Nothing is estimated: each row says by how many points the shown score would be higher.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from matching.explain import shown
from matching.score import LEVELS, Features, Tables, score

MOST = 4


@dataclass(frozen=True)
class Raise:
    """`code` names what to say, `word` the skill in question; `at_most` where the gain depends on what is said."""

    code: str
    points: float
    word: str = ""
    at_most: bool = False


def raises(mine: Features, theirs: Features, tables: Tables) -> list[Raise]:
    """What `mine` could say so that the score with `theirs` becomes higher; the most first, no more than four."""
    now = shown(score(mine, theirs, tables).total)
    found = []
    for code, word, variants in sayings(mine, theirs, tables):
        best = max((shown(score(variant, theirs, tables).total) for variant in variants), default=now)
        if (points := round(best - now, 1)) > 0:
            found.append(Raise(code, points, word, at_most=not word))
    return sorted(found, key=lambda row: (-row.points, row.code, row.word))[:MOST]


def sayings(mine: Features, theirs: Features, tables: Tables) -> Iterator[tuple[str, str, Iterable[Features]]]:
    """One thing more to say each, with the profiles it could lead to."""
    if mine.field is None:
        yield "field", "", (replace(mine, field=name) for name in tables.field_groups)
    if mine.experience is None:
        yield "experience_level", "", (replace(mine, experience=level) for level in LEVELS.values())
    if mine.hours is None and theirs.hours:
        yield "hours_per_week", "", [replace(mine, hours=theirs.hours)]
    if not (mine.country or mine.remote_only):
        yield "place", "", [replace(mine, country=theirs.country, city=theirs.city, remote_only=theirs.remote_only)]
    if not mine.values and theirs.values:
        yield "values", "", [replace(mine, values=theirs.values)]
    if not mine.work_styles and theirs.work_styles:
        yield "work_styles", "", [replace(mine, work_styles=theirs.work_styles)]
    for skill in theirs.wanted - mine.skills:
        yield "skills", skill, [replace(mine, skills=mine.skills | {skill})]
    for skill in theirs.skills - mine.wanted:
        yield "wanted_skills", skill, [replace(mine, wanted=mine.wanted | {skill})]
