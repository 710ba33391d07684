"""The vocabulary that ships: every word has one meaning, every skill a home."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.vocabulary.words import canonical, tidy

pytestmark = pytest.mark.unit

DATA = Path(__file__).parents[1] / "data"
FIELDS: list[dict[str, Any]] = json.loads((DATA / "fields.json").read_text(encoding="utf-8"))
VOCABULARY: dict[str, list[dict[str, Any]]] = json.loads((DATA / "skills.json").read_text(encoding="utf-8"))
CATEGORIES, SKILLS = VOCABULARY["categories"], VOCABULARY["skills"]
ENTRIES = CATEGORIES + SKILLS

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

IN_SYNERGIES = {
    "Software Development", "Graphic Design", "AI/Machine Learning", "Data Science", "Marketing", "Content Writing",
    "Finance", "Law", "Medicine", "Video/Animation", "Music Production", "Entrepreneurship", "Research",
    "Backend Development", "Frontend Development", "Business Strategy", "Technical Development", "Design",
    "Engineering", "Content Creation", "Sales", "Product Development",
}  # fmt: skip
FURTHER_FIELDS = {
    "Cybersecurity", "DevOps/Cloud", "Blockchain/Web3", "Photography", "3D/Game Design", "Management", "Consulting",
    "Teaching", "Science", "Nursing", "Therapy", "Fitness/Wellness", "Compliance", "Accounting", "Investment",
    "Journalism", "Broadcasting", "Film Production", "Gaming", "NGO/Non-profit", "Education", "Community Building",
    "Activism", "Agriculture", "Architecture", "Real Estate", "Hospitality", "Logistics",
}  # fmt: skip
GROUPS = {
    "entrepreneurship": {"Entrepreneurship"},
    "development": {
        "Software Development", "Backend Development", "Frontend Development", "Technical Development",
        "DevOps/Cloud", "Blockchain/Web3",
    },
    "ai": {"AI/Machine Learning"},
    "health": {"Medicine", "Nursing", "Therapy", "Fitness/Wellness"},
    "design": {"Graphic Design", "Design", "3D/Game Design"},
}  # fmt: skip
IN_MATRIX = {
    "Backend", "Frontend", "AI/ML", "Data Science", "DevOps", "UI/UX", "Mobile", "Design", "Developer", "Video",
    "Music", "Writing", "Marketing", "3D", "Gaming", "Sales", "Finance", "Business", "Product", "Engineering",
    "Strategy", "Operations", "Tech", "Creative", "Healthcare", "Legal",
}  # fmt: skip


def named(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["name"] for entry in entries}


def members_of(group: str) -> set[str]:
    return {field["name"] for field in FIELDS if group in field["groups"]}


def claims(entry: dict[str, Any]) -> Iterator[str]:
    """Every spelling an entry is found under; its name and its slug may be the same one."""
    yield from {canonical(entry["name"]), canonical(entry["slug"])}
    yield from map(canonical, entry.get("aliases", []))


def claimed_twice(entries: list[dict[str, Any]]) -> set[str]:
    counts = Counter(spelling for entry in entries for spelling in claims(entry))
    return {spelling for spelling, count in counts.items() if count > 1}


def test_the_fields_are_those_of_the_product() -> None:
    assert named(FIELDS) == IN_SYNERGIES | FURTHER_FIELDS


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_exactly_its_fields(group: str) -> None:
    assert members_of(group) == GROUPS[group]


def test_no_field_is_in_an_unknown_group() -> None:
    assert {group for field in FIELDS for group in field["groups"]} == set(GROUPS)


def test_every_category_of_the_matrix_ships() -> None:
    assert named(CATEGORIES) >= IN_MATRIX


def test_there_are_enough_skills() -> None:
    assert len(SKILLS) >= 450


def test_every_skill_has_a_category_and_every_category_skills() -> None:
    assert {skill["category"] for skill in SKILLS} == named(CATEGORIES)


@pytest.mark.parametrize("entries", [FIELDS, ENTRIES], ids=["fields", "skills"])
def test_no_spelling_means_two_things(entries: list[dict[str, Any]]) -> None:
    assert claimed_twice(entries) == set()


@pytest.mark.parametrize("entries", [FIELDS, ENTRIES], ids=["fields", "skills"])
def test_slugs_fit_into_addresses(entries: list[dict[str, Any]]) -> None:
    assert [entry["slug"] for entry in entries if not SLUG.fullmatch(entry["slug"])] == []


@pytest.mark.parametrize("entries", [FIELDS, ENTRIES], ids=["fields", "skills"])
def test_names_are_tidy_and_short(entries: list[dict[str, Any]]) -> None:
    spellings = [spelling for entry in entries for spelling in (entry["name"], *entry.get("aliases", []))]
    assert [name for name in spellings if name != tidy(name) or not 1 <= len(name) <= 50] == []


@pytest.mark.parametrize(
    ("slug", "name"),
    [("c", "C"), ("cpp", "C++"), ("csharp", "C#"), ("fsharp", "F#"), ("r", "R"), ("dotnet", ".NET"), ("3d", "3D")],
)
def test_names_that_punctuation_tells_apart_keep_distinct_slugs(slug: str, name: str) -> None:
    assert [entry["name"] for entry in ENTRIES if entry["slug"] == slug] == [name]


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("js", "JavaScript"),
        ("k8s", "Kubernetes"),
        ("POSTGRES", "PostgreSQL"),
        ("ml", "Machine Learning"),
        ("front-end", "Frontend"),
        ("日本語", "Japanese"),
    ],
)
def test_people_find_skills_by_what_they_call_them(alias: str, name: str) -> None:
    assert [entry["name"] for entry in ENTRIES if canonical(alias) in claims(entry)] == [name]


@pytest.mark.parametrize("name", ["fields.json", "skills.json"])
def test_a_file_has_one_entry_a_line_for_readable_diffs(name: str) -> None:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    assert sum('"slug"' in line for line in lines) == sum(line.count('"slug"') for line in lines)
