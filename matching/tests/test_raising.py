"""What would raise a score is the score, asked again."""

from dataclasses import replace

import pytest

from matching.explain import shown
from matching.raising import MOST, raises
from matching.score import Features, Tables, score

pytestmark = pytest.mark.unit

TABLES = Tables(
    field_synergies={("design", "software"): 0.9},
    skill_pairs={("django", "figma"): 0.9},
    field_groups={"design": frozenset(), "software": frozenset(), "law": frozenset()},
)
BEN = Features(
    field="design", skills=frozenset({"figma", "typography"}), wanted=frozenset({"django", "docker"}), experience=3, hours=20, country="pt"
)
SILENT = Features()
ANA = replace(BEN, field="software", skills=frozenset({"django"}), wanted=frozenset({"figma"}), values=frozenset({"honesty"}))


def test_every_row_is_the_exact_difference() -> None:
    [docker] = [row for row in raises(ANA, BEN, TABLES) if row.word == "docker"]
    with_docker = replace(ANA, skills=ANA.skills | {"docker"})
    assert docker.points == round(shown(score(with_docker, BEN, TABLES).total) - shown(score(ANA, BEN, TABLES).total), 1) > 0


def test_what_was_not_said_is_asked_for_at_its_best() -> None:
    found = {row.code: row for row in raises(SILENT, replace(BEN, skills=frozenset(), wanted=frozenset()), TABLES)}
    assert found["field"].points == 8.0  # .20 × (.9 − .5)
    assert found["experience_level"].points == 6.0  # .15 × (.9 − .5)
    assert found["hours_per_week"].points == 6.8
    assert all(row.at_most for row in found.values())


def test_the_best_come_first_and_few() -> None:
    rows = raises(replace(SILENT, skills=frozenset({"django"})), BEN, TABLES)
    assert len(rows) == MOST
    assert [row.points for row in rows] == sorted((row.points for row in rows), reverse=True)


def test_nothing_is_told_that_would_not_raise_it() -> None:
    twin = replace(BEN, wanted=BEN.wanted | BEN.skills)
    assert [row for row in raises(twin, replace(twin, wanted=frozenset()), TABLES) if row.points <= 0] == []
    assert raises(SILENT, SILENT, Tables()) == raises(SILENT, SILENT, Tables())
