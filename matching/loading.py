"""The matrix that ships, put into empty tables as version 1. Works on the models of a migration as well as on today's."""

from collections.abc import Callable
from typing import Any

from accounts.vocabulary.words import canonical
from matching.matrix import DEFAULTS_VERSION, REVISION, read_defaults
from ops.ids import uuid7

GetModel = Callable[[str, str], Any]


def load_matrix(get_model: GetModel) -> None:
    """`get_model(app, name)` gives the model class to fill; the vocabulary has to be there."""
    rows = read_defaults()
    ids = {kind: dict(get_model("vocabulary", kind).objects.values_list("key", "id")) for kind in ("Skill", "Field", "FieldGroup")}
    fill(get_model("matching", "SkillPair"), rows["skill_pairs"], ("a", "b", "score"), ("skill_a_id", "skill_b_id"), ids["Skill"])
    fill(get_model("matching", "FieldSynergy"), rows["field_synergies"], ("a", "b", "score"), ("field_a_id", "field_b_id"), ids["Field"])
    fill(get_model("matching", "Boost"), rows["boosts"], ("group_a", "group_b", "points"), ("group_a_id", "group_b_id"), ids["FieldGroup"])
    get_model("matching", "Weights").objects.create(id=uuid7(), **rows["weights"])
    number_first_version(get_model)


def fill(model: Any, rows: list[dict[str, Any]], names: tuple[str, str, str], ends: tuple[str, str], ids: dict[str, Any]) -> None:
    a, b, value = names
    made = []
    for row in rows:
        first, second = sorted([ids[canonical(row[a])], ids[canonical(row[b])]])
        made.append(model(id=uuid7(), **{ends[0]: first, ends[1]: second, value: row[value]}))
    model.objects.bulk_create(made)


def number_first_version(get_model: GetModel) -> None:
    get_model("ops", "Revision").objects.update_or_create(name=REVISION, defaults={"number": DEFAULTS_VERSION})
    get_model("matching", "MatrixVersion").objects.get_or_create(
        number=DEFAULTS_VERSION, defaults={"id": uuid7(), "reason": "The defaults that ship.", "changes": first_changes()}
    )


def first_changes() -> list[dict[str, Any]]:
    """What version 1 says: every default, out of nothing. Whoever replays the versions begins with an empty matrix."""
    rows = read_defaults()
    pairs = [
        {"table": table, "key": sorted([row[a], row[b]]), "before": None, "after": row[value]}
        for table, a, b, value in (
            ("skill_pairs", "a", "b", "score"), ("field_synergies", "a", "b", "score"), ("boosts", "group_a", "group_b", "points"),
        )
        for row in rows[table]
    ]  # fmt: skip
    return [*pairs, {"table": "weights", "key": [], "before": None, "after": rows["weights"]}]
