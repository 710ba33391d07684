"""The vocabulary that ships, put into empty tables. Works on the models of a migration as well as on today's."""

import json
from pathlib import Path
from typing import Any

from accounts.vocabulary.words import canonical
from ops.ids import uuid7

DATA = Path(__file__).parent / "data"


def load_vocabulary(get_model: Any) -> None:
    """`get_model("Skill")` gives the model class to fill."""
    load_fields(get_model("Field"), get_model("FieldGroup"))
    load_skills(get_model("Skill"), get_model("SkillAlias"))


def load_fields(field_model: Any, group_model: Any) -> None:
    rows = read("fields.json")
    names = sorted({group for row in rows for group in row["groups"]})
    groups = {name: group_model(id=uuid7(), slug=name, name=name, key=canonical(name)) for name in names}
    fields = {row["slug"]: field_model(id=uuid7(), slug=row["slug"], name=row["name"], key=canonical(row["name"])) for row in rows}
    group_model.objects.bulk_create(groups.values())
    field_model.objects.bulk_create(fields.values())
    link = field_model.groups.through
    link.objects.bulk_create(
        link(field_id=fields[row["slug"]].id, fieldgroup_id=groups[group].id) for row in rows for group in row["groups"]
    )


def load_skills(skill_model: Any, alias_model: Any) -> None:
    rows = read("skills.json")
    categories = {row["name"]: new_skill(skill_model, row) for row in rows["categories"]}
    skills = [(row, new_skill(skill_model, row, category_id=categories[row["category"]].id)) for row in rows["skills"]]
    skill_model.objects.bulk_create(categories.values())
    skill_model.objects.bulk_create(skill for _, skill in skills)
    named = [*((row, categories[row["name"]]) for row in rows["categories"]), *skills]
    alias_model.objects.bulk_create(
        alias_model(id=uuid7(), skill_id=skill.id, name=alias, key=canonical(alias)) for row, skill in named for alias in row["aliases"]
    )


def new_skill(model: Any, row: dict[str, Any], **fields: Any) -> Any:
    return model(id=uuid7(), slug=row["slug"], name=row["name"], key=canonical(row["name"]), **fields)


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
