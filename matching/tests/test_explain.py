"""What a score says about itself: parts that sum to it, and reasons in a fixed order."""

from collections.abc import Mapping
from typing import Any

import pytest

from matching import explain as words
from matching.explain import Explanation, shown
from matching.score import Features, Tables, score
from matching.tests.words import TABLES, pairs, vocabulary

pytestmark = pytest.mark.unit

KNOWN = vocabulary()


def told(a: Features, b: Features, tables: Tables = TABLES, commonness: Mapping[str, int] | None = None) -> Explanation:
    return words.explain(a, b, score(a, b, tables), tables, KNOWN, commonness or {})


def codes(result: Explanation) -> list[str]:
    return [reason["code"] for reason in result["reasons"]]


def params(result: Explanation, code: str) -> dict[str, Any]:
    return next(reason["params"] for reason in result["reasons"] if reason["code"] == code)


# Shares go and react of five skills; figma, css and python complete one another; both boosts of their fields.
EVERYTHING = {
    "a": Features(
        field="software", skills=frozenset({"go", "react", "python"}), wanted=frozenset({"figma"}), hours=20,
        values=frozenset({"honesty", "calm", "courage"}), work_styles=frozenset({"async"}),
    ),
    "b": Features(
        field="design", skills=frozenset({"go", "react", "figma", "css"}), hours=20,
        values=frozenset({"honesty", "calm", "courage"}), work_styles=frozenset({"async"}),
    ),
}  # fmt: skip


class TestReasons:
    def test_all_of_them_stand_in_their_order(self) -> None:
        expected = ["field_synergy", "complement", "wanted", "shared_skills", "availability", "values", "boost"]
        assert codes(told(EVERYTHING["a"], EVERYTHING["b"])) == expected
        assert codes(told(EVERYTHING["b"], EVERYTHING["a"])) == expected

    def test_each_has_a_text_for_people(self) -> None:
        assert all(reason["text"] and "%(" not in reason["text"] for reason in told(EVERYTHING["a"], EVERYTHING["b"])["reasons"])

    def test_missing_information_gives_no_reason(self) -> None:
        assert codes(told(Features(), Features())) == []

    @pytest.mark.parametrize(("synergy", "there"), [(0.8, False), (0.81, True)])
    def test_field_counts_above_eight_tenths(self, synergy: float, there: bool) -> None:
        tables = Tables(field_synergies=pairs({("software", "design"): synergy}))
        assert ("field_synergy" in codes(told(Features(field="software"), Features(field="design"), tables))) is there

    def test_the_field_reason_names_both_fields(self) -> None:
        assert params(told(Features(field="software"), Features(field="design")), "field_synergy") == {
            "field_a": "Software",
            "field_b": "Design",
            "value": 0.9,
        }

    @pytest.mark.parametrize(("value", "there"), [(0.8, False), (0.81, True)])
    def test_complement_counts_above_eight_tenths(self, value: float, there: bool) -> None:
        tables = Tables(version=12, skill_pairs=pairs({("go", "figma"): value}))
        result = told(Features(skills=frozenset({"go"})), Features(skills=frozenset({"figma"})), tables)
        assert ("complement" in codes(result)) is there

    def test_the_complement_names_the_strongest_pair_its_value_and_the_version(self) -> None:
        tables = Tables(version=12, skill_pairs=pairs({("django", "figma"): 0.9}))
        result = told(Features(skills=frozenset({"django"})), Features(skills=frozenset({"figma"})), tables)
        assert params(result, "complement") == {"skill_a": "Django", "skill_b": "Figma", "value": 0.9, "matrix_version": 12}
        assert "Django × Figma, 0.90, matrix v12" in result["reasons"][0]["text"]

    @pytest.mark.parametrize(("wanted", "there"), [({"figma"}, True), ({"figma", "css", "go"}, True), ({"piano"}, False)])
    def test_any_found_wish_is_a_reason(self, wanted: set[str], there: bool) -> None:
        result = told(Features(skills=frozenset({"go"}), wanted=frozenset(wanted)), Features(skills=frozenset({"figma"})))
        assert ("wanted" in codes(result)) is there

    def test_three_shared_skills_at_most_the_rarest_first(self) -> None:
        shared = frozenset({"go", "css", "react", "python"})
        a, b = Features(skills=shared | {"piano", "music"}), Features(skills=shared | {"figma", "django", "ui/ux", "backend"})
        commonness = {"go": 9, "css": 1, "react": 5, "python": 1}
        assert params(told(a, b, commonness=commonness), "shared_skills")["skills"] == ["Css", "Python", "React"]

    @pytest.mark.parametrize("others", [{"go"}, {"go", "css"}, {"figma", "css", "django", "ui/ux", "backend"}])
    def test_too_much_or_too_little_in_common_is_no_reason(self, others: set[str]) -> None:
        result = told(Features(skills=frozenset({"go", "css"})), Features(skills=frozenset(others)), Tables())
        assert ("shared_skills" in codes(result)) is False

    @pytest.mark.parametrize(("hours", "there"), [(20, True), (17, True), (16, False), (None, False)])
    def test_similar_time_is_a_reason(self, hours: int | None, there: bool) -> None:
        result = told(Features(hours=20), Features(hours=hours))
        assert ("availability" in codes(result)) is there

    def test_availability_speaks_from_the_viewer_s_side(self) -> None:
        assert params(told(Features(hours=20), Features(hours=18)), "availability") == {"yours": 20, "theirs": 18}

    def test_two_values_at_most(self) -> None:
        assert params(told(EVERYTHING["a"], EVERYTHING["b"]), "values")["values"] == ["calm", "courage"]

    def test_every_boost_is_told(self) -> None:
        tables = Tables(
            boosts=pairs({("dev", "look"): 0.07, ("look", "start"): 0.1}),
            field_groups={"venture": frozenset({"dev", "start"}), "design": frozenset({"look"})},
        )
        result = told(Features(field="venture"), Features(field="design"), tables)
        assert codes(result) == ["boost", "boost"]
        assert result["boosts"] == [
            {"code": "dev+look", "points": pytest.approx(7)},
            {"code": "look+start", "points": pytest.approx(10)},
        ]


class TestPoints:
    def sum_of(self, result: Explanation) -> float:
        return sum(part["points"] for part in result["explanation"]) + sum(boost["points"] for boost in result["boosts"])

    def test_they_sum_to_the_score(self) -> None:
        result = told(EVERYTHING["a"], EVERYTHING["b"])
        assert self.sum_of(result) == pytest.approx(result["score"], abs=0.05)

    def test_what_the_cap_took_stands_among_the_boosts(self) -> None:
        tables = Tables(boosts={("g", "g"): 0.9}, field_groups={"software": frozenset("g")})
        result = told(Features(field="software"), Features(field="software"), tables)
        # .46 + .9 = 1.36
        assert result["boosts"][-1] == {"code": "cap", "points": pytest.approx(-36)}
        assert result["score"] == 100.0
        assert self.sum_of(result) == pytest.approx(100)

    def test_without_an_excess_there_is_no_cap(self) -> None:
        assert [boost["code"] for boost in told(EVERYTHING["a"], EVERYTHING["b"])["boosts"]] == ["dev+look"]

    def test_points_are_unrounded_weight_times_value(self) -> None:
        part = told(EVERYTHING["a"], EVERYTHING["b"])["explanation"][1]
        assert part["points"] == part["weight"] * part["value"] * 100

    @pytest.mark.parametrize(("total", "text"), [(0.0, 0.0), (0.46, 46.0), (0.87249, 87.2), (0.8725, 87.3), (0.99951, 100.0), (1.0, 100.0)])
    def test_a_total_is_shown_with_one_decimal(self, total: float, text: float) -> None:
        assert shown(total) == text


def test_confidence_and_version_are_told() -> None:
    result = told(Features(field="software", hours=20), Features(field="design", hours=20))
    assert (result["confidence"], result["matrix_version"]) == (0.35, 7)
