"""The default tables of the score are those of the product, and speak only of words that ship."""

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
VOCABULARY = ROOT / "accounts" / "vocabulary" / "data"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


DEFAULTS: dict[str, Any] = read(ROOT / "matching" / "data" / "defaults.json")
FIELDS: list[dict[str, Any]] = read(VOCABULARY / "fields.json")
CATEGORIES: list[dict[str, Any]] = read(VOCABULARY / "skills.json")["categories"]

SKILL_PAIRS = {
    ("Backend", "Frontend"): 0.95,
    ("AI/ML", "Data Science"): 0.90,
    ("DevOps", "Backend"): 0.85,
    ("UI/UX", "Frontend"): 0.90,
    ("Mobile", "Backend"): 0.85,
    ("Design", "Developer"): 0.90,
    ("Video", "Music"): 0.85,
    ("Writing", "Marketing"): 0.88,
    ("3D", "Gaming"): 0.92,
    ("Marketing", "Sales"): 0.85,
    ("Finance", "Business"): 0.88,
    ("Product", "Engineering"): 0.92,
    ("Strategy", "Operations"): 0.87,
    ("Tech", "Business"): 0.88,
    ("Creative", "Tech"): 0.90,
    ("Healthcare", "Tech"): 0.85,
    ("Legal", "Business"): 0.83,
}
FIELD_SYNERGIES = {
    ("Software Development", "Graphic Design"): 0.90,
    ("AI/Machine Learning", "Data Science"): 0.95,
    ("Marketing", "Content Writing"): 0.88,
    ("Finance", "Law"): 0.82,
    ("Medicine", "AI/Machine Learning"): 0.87,
    ("Video/Animation", "Music Production"): 0.85,
    ("Entrepreneurship", "Software Development"): 0.93,
    ("Research", "Data Science"): 0.90,
    ("Backend Development", "Frontend Development"): 0.95,
    ("Business Strategy", "Technical Development"): 0.88,
    ("Design", "Engineering"): 0.87,
    ("Content Creation", "Marketing"): 0.89,
    ("Sales", "Product Development"): 0.84,
}
WEIGHTS = {
    "field": 0.20,
    "skills": 0.20,
    "experience": 0.15,
    "availability": 0.15,
    "location": 0.10,
    "values": 0.10,
    "semantic": 0.10,
}
BOOSTS = {("entrepreneurship", "development"): 0.10, ("ai", "health"): 0.08, ("design", "development"): 0.07}

TABLES = [("skill_pairs", "a", "b"), ("field_synergies", "a", "b"), ("boosts", "group_a", "group_b")]


def scores(table: str) -> dict[tuple[str, str], float]:
    return {(row["a"], row["b"]): row["score"] for row in DEFAULTS[table]}


def test_skill_pairs() -> None:
    assert scores("skill_pairs") == SKILL_PAIRS


def test_field_synergies() -> None:
    assert scores("field_synergies") == FIELD_SYNERGIES


def test_weights() -> None:
    assert DEFAULTS["weights"] == WEIGHTS


def test_weights_sum_to_one() -> None:
    assert sum(DEFAULTS["weights"].values()) == pytest.approx(1, abs=1e-12)


def test_boosts() -> None:
    assert {(row["group_a"], row["group_b"]): row["points"] for row in DEFAULTS["boosts"]} == BOOSTS


def test_there_is_nothing_else() -> None:
    assert set(DEFAULTS) == {"skill_pairs", "field_synergies", "weights", "boosts"}


@pytest.mark.parametrize(("table", "one", "other"), TABLES)
def test_a_pair_is_listed_once_and_never_with_itself(table: str, one: str, other: str) -> None:
    pairs = [frozenset((row[one], row[other])) for row in DEFAULTS[table]]
    assert len(set(pairs)) == len(pairs)
    assert all(len(pair) == 2 for pair in pairs)


def test_pairs_speak_of_categories_that_ship() -> None:
    assert {name for pair in scores("skill_pairs") for name in pair} <= {entry["name"] for entry in CATEGORIES}


def test_synergies_speak_of_fields_that_ship() -> None:
    assert {name for pair in scores("field_synergies") for name in pair} <= {field["name"] for field in FIELDS}


def test_boosts_speak_of_groups_that_have_fields() -> None:
    groups = {group for field in FIELDS for group in field["groups"]}
    assert {row[side] for row in DEFAULTS["boosts"] for side in ("group_a", "group_b")} <= groups
