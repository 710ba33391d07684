"""A small world for tests without a database: a vocabulary, tables, and profiles that are never saved."""

from typing import Any

from accounts.models import Profile
from accounts.vocabulary.models import Field
from accounts.vocabulary.selectors import FieldEntry, SkillEntry, Vocabulary
from accounts.vocabulary.words import canonical
from matching.score import Tables, ends

FIELDS = {"software": {"dev"}, "design": {"look"}, "venture": {"start", "dev"}, "medicine": {"health"}}
HOMES = {
    "backend": "backend", "python": "backend", "django": "backend", "go": "backend",
    "frontend": "frontend", "react": "frontend", "css": "frontend",
    "ui/ux": "ui/ux", "figma": "ui/ux",
    "music": "music", "piano": "music",
}  # fmt: skip
ALIASES = {"react": ("ReactJS",), "python": ("Py",)}


def pairs(rows: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    return {ends(*pair): value for pair, value in rows.items()}


TABLES = Tables(
    version=7,
    skill_pairs=pairs(
        {
            ("backend", "frontend"): 0.95,
            ("ui/ux", "frontend"): 0.9,
            ("python", "react"): 0.5,
            ("figma", "backend"): 0.6,
            ("python", "ui/ux"): 0.8,
        }
    ),
    field_synergies=pairs({("software", "design"): 0.9}),
    boosts=pairs({("dev", "look"): 0.07, ("dev", "start"): 0.1}),
    categories=HOMES,
    field_groups={slug: frozenset(groups) for slug, groups in FIELDS.items()},
)


def vocabulary() -> Vocabulary:
    skills = {
        key: SkillEntry(key.replace("/", "-"), key.title(), key, home, home.title(), ALIASES.get(key, ())) for key, home in HOMES.items()
    }
    spellings = {canonical(word): key for key, skill in skills.items() for word in (key, skill.slug, *skill.aliases)}
    fields = {slug: FieldEntry(slug, slug.title(), frozenset(groups)) for slug, groups in FIELDS.items()}
    return Vocabulary(1, fields, skills, spellings)


def profile(**values: Any) -> Profile:
    """An unsaved profile; `field` by slug."""
    slug = values.pop("field", None)
    return Profile(field=Field(slug=slug, name=slug) if slug else None, **values)
