"""Every row of the score, worked out by hand."""

from typing import Any

import numpy as np
import pytest

from matching import score as kernel
from matching.score import Features, Score, Tables, score
from matching.tests.words import TABLES, pairs

pytestmark = pytest.mark.unit


def factor(name: str, a: Features, b: Features, tables: Tables = TABLES) -> float:
    """One factor's value, after proof that it is the same seen from the other side."""
    there, back = ({part.name: part.value for part in result.factors}[name] for result in (score(a, b, tables), score(b, a, tables)))
    assert there == back
    return there


def skilled(*skills: str, wanted: tuple[str, ...] = ()) -> Features:
    return Features(skills=frozenset(skills), wanted=frozenset(wanted))


class TestField:
    @pytest.mark.parametrize(
        ("a", "b", "value"),
        [
            ({"field": "software"}, {"field": "design"}, 0.9),  # listed
            ({"field": "software"}, {"field": "medicine"}, 0.5),  # not listed
            ({"field": "software"}, {}, 0.5),
            ({}, {}, 0.5),
            ({"field": "design", "role": "x"}, {"field": "design", "role": "y"}, 0.7),
            ({"field": "design", "role": "x"}, {"field": "design", "role": "x"}, 0.4),
            ({"field": "design", "role": "x"}, {"field": "design"}, 0.5),
            ({"field": "design"}, {"field": "design"}, 0.5),
            ({"role": "x"}, {"role": "y"}, 0.5),  # roles alone say nothing
        ],
    )
    def test_value(self, a: dict[str, Any], b: dict[str, Any], value: float) -> None:
        assert factor("field", Features(**a), Features(**b)) == value

    def test_a_field_listed_with_itself_has_its_synergy(self) -> None:
        tables = Tables(field_synergies={("design", "design"): 0.33})
        assert factor("field", Features(field="design", role="x"), Features(field="design", role="x"), tables) == 0.33


class TestOverlap:
    """J is |shared| / |together|; its bands are < .2, .2 to .4, > .4. Nothing is listed, so it is the only known part."""

    @pytest.mark.parametrize(
        ("mine", "theirs", "value"),
        [
            ("ab", "cd", 0.6),  # 0
            ("abc", "cdef", 0.6),  # 1/6
            ("abc", "cde", 0.9),  # 1/5 = .2, the lower edge
            ("ab", "bc", 0.9),  # 1/3
            ("abc", "bcde", 0.9),  # 2/5 = .4, the upper edge
            ("ab", "b", 0.5),  # 1/2
            ("abc", "abc", 0.5),  # 1
        ],
    )
    def test_bands(self, mine: str, theirs: str, value: float) -> None:
        assert factor("skills", skilled(*mine), skilled(*theirs), Tables()) == value

    @pytest.mark.parametrize(("mine", "theirs"), [("", ""), ("a", ""), ("", "a")])
    def test_without_skills_on_one_side_it_is_three_tenths(self, mine: str, theirs: str) -> None:
        assert factor("skills", skilled(*mine, wanted=("a",)), skilled(*theirs, wanted=("a",))) == 0.3


class TestComplement:
    def part(self, mine: set[str], theirs: set[str]) -> float | None:
        found, mirrored = (score(a, b, TABLES).skills.complement for a, b in self.ways(mine, theirs))
        assert found == mirrored
        return found

    def ways(self, mine: set[str], theirs: set[str]) -> list[tuple[Features, Features]]:
        a, b = skilled(*mine), skilled(*theirs)
        return [(a, b), (b, a)]

    @pytest.mark.parametrize(
        ("mine", "theirs", "value"),
        [
            ({"go"}, {"css"}, 0.95),  # by both categories
            ({"python"}, {"css"}, 0.95),
            ({"python"}, {"react"}, 0.5),  # the pair itself comes before its categories
            ({"backend"}, {"css"}, 0.95),  # a category is its own category
            ({"figma"}, {"go"}, 0.6),  # skill–category comes before category–category
            ({"figma"}, {"python"}, 0.8),  # figma–backend .6, ui/ux–python .8: the best of one level
        ],
    )
    def test_levels(self, mine: set[str], theirs: set[str], value: float) -> None:
        assert self.part(mine, theirs) == value

    def test_it_is_the_mean_of_each_skill_s_best(self) -> None:
        # go: css .95; piano: 0. css: go .95. Mean of (.95 + 0) / 2 and .95.
        assert self.part({"go", "piano"}, {"css"}) == pytest.approx((0.475 + 0.95) / 2)

    def test_a_shared_skill_still_completes_what_the_other_lacks(self) -> None:
        # Both have react; python is lacked by the other: python–react .5. The other brings nothing.
        assert self.part({"python", "react"}, {"react"}) == 0.5

    def test_two_skills_of_one_unlisted_category_have_no_value(self) -> None:
        assert self.part({"go"}, {"django"}) is None

    @pytest.mark.parametrize(
        ("mine", "theirs"),
        [
            ({"piano"}, {"css"}),  # nothing is listed
            ({"python", "react"}, {"python", "react"}),  # a cross pair is listed, but nobody brings anything the other lacks
            ({"piano"}, {"piano"}),
        ],
    )
    def test_it_is_unknown(self, mine: set[str], theirs: set[str]) -> None:
        assert self.part(mine, theirs) is None

    def test_a_listed_cross_pair_makes_it_known_even_when_nothing_new_is_worth_anything(self) -> None:
        # python × react is listed; only piano is new, and nothing is listed for it.
        assert self.part({"python", "react", "piano"}, {"python", "react"}) == 0.0

    def test_the_strongest_pair_names_the_same_two_skills_from_both_sides(self) -> None:
        for a, b in self.ways({"python", "go"}, {"react", "css"}):
            assert set(score(a, b, TABLES).skills.best_pair or ()) == {"css", "go", 0.95}


class TestWanted:
    @pytest.mark.parametrize(
        ("mine", "i_want", "theirs", "they_want", "value"),
        [
            ("python", (), "react", (), None),
            ("python", ("react",), "react", (), 1.0),
            ("python", ("react", "css"), "react", (), 0.5),
            ("python", ("react",), "react", ("go",), 0.5),  # the mean of 1 and 0
            ("python", (), "react", ("backend",), 1.0),  # a category by any of its skills
            ("python", ("python",), "react", (), 0.0),  # what I have myself is not what they have
            ("backend", (), "react", ("python",), 0.0),  # a category is not each of its skills
            ("backend", (), "react", ("backend",), 1.0),
        ],
    )
    def test_share(self, mine: str, i_want: tuple[str, ...], theirs: str, they_want: tuple[str, ...], value: float | None) -> None:
        a, b = skilled(mine, wanted=i_want), skilled(theirs, wanted=they_want)
        assert score(a, b, TABLES).skills.wanted == score(b, a, TABLES).skills.wanted == value

    def test_skills_are_the_mean_of_the_three_known_parts(self) -> None:
        # overlap .6 (nothing shared), complement .95, wanted 1
        assert factor("skills", skilled("go", wanted=("css",)), skilled("css")) == pytest.approx((0.6 + 0.95 + 1.0) / 3)


class TestExperience:
    @pytest.mark.parametrize(("distance", "value"), [(0, 0.9), (1, 0.9), (2, 0.7), (3, 0.5), (4, 0.85), (5, 0.85)])
    def test_distance(self, distance: int, value: float) -> None:
        assert factor("experience", Features(experience=0), Features(experience=distance)) == value

    @pytest.mark.parametrize(("a", "b"), [(None, None), (0, None)])
    def test_missing(self, a: int | None, b: int | None) -> None:
        assert factor("experience", Features(experience=a), Features(experience=b)) == 0.5


class TestAvailability:
    @pytest.mark.parametrize(
        ("a", "b", "value"),
        [
            (20, 20, 0.95),  # r = 0
            (100, 81, 0.95),  # .19
            (10, 8, 0.75),  # .2
            (100, 61, 0.75),  # .39
            (10, 6, 0.55),  # .4
            (100, 41, 0.55),  # .59
            (10, 4, 0.35),  # .6
            (168, 1, 0.35),
            (0, 0, 0.5),
            (0, 20, 0.5),
            (None, 20, 0.5),
            (None, None, 0.5),
        ],
    )
    def test_ratio(self, a: float | None, b: float | None, value: float) -> None:
        assert factor("availability", Features(hours=a), Features(hours=b)) == value


class TestLocation:
    @pytest.mark.parametrize(
        ("a", "b", "value"),
        [
            ({"remote_only": True}, {"remote_only": True, "country": "pt"}, 0.9),
            ({"remote_only": True, "country": "pt", "city": "x"}, {"remote_only": True, "country": "pt", "city": "x"}, 0.9),
            ({"country": "pt", "city": "x"}, {"country": "pt", "city": "x"}, 1.0),
            ({"country": "pt", "city": "x", "remote_only": True}, {"country": "pt", "city": "x"}, 1.0),
            ({"country": "pt", "city": "x"}, {"country": "pt", "city": "y"}, 0.8),
            ({"country": "pt"}, {"country": "pt"}, 0.8),  # two unknown cities are not the same city
            ({"city": "x"}, {"city": "x"}, 0.5),  # nor two unknown countries the same country
            ({"country": "pt", "utc_offset": 0}, {"country": "de", "utc_offset": 60}, 0.7),
            ({"utc_offset": 0}, {"utc_offset": 61}, 0.55),
            ({"utc_offset": -90}, {"utc_offset": 90}, 0.55),
            ({"utc_offset": 0}, {"utc_offset": 181}, 0.4),
            ({"utc_offset": 0}, {"country": "pt"}, 0.5),
            ({}, {}, 0.5),
        ],
    )
    def test_value(self, a: dict[str, Any], b: dict[str, Any], value: float) -> None:
        assert factor("location", Features(**a), Features(**b)) == value


class TestValues:
    @pytest.mark.parametrize(
        ("a", "b", "value"),
        [
            (("ab", "cd"), ("ab", "cd"), 1.0),
            (("ab", ""), ("bc", ""), 0.6 / 3 + 0.4 * 0.5),
            (("", "cd"), ("", "x"), 0.6 * 0.5),
            (("ab", "c"), ("", "c"), 0.6 * 0.5 + 0.4),
            (("", ""), ("", ""), 0.5),
        ],
    )
    def test_value(self, a: tuple[str, str], b: tuple[str, str], value: float) -> None:
        one, other = (Features(values=frozenset(values), work_styles=frozenset(styles)) for values, styles in (a, b))
        assert factor("values", one, other) == pytest.approx(value)


class TestSemantic:
    def vector(self, *numbers: float) -> kernel.Vector:
        return np.array(numbers, np.float32)

    @pytest.mark.parametrize(("other", "value"), [((1.0, 0.0), 1.0), ((0.0, 1.0), 0.5), ((-1.0, 0.0), 0.0), ((0.6, 0.8), 0.8)])
    def test_cosine(self, other: tuple[float, float], value: float) -> None:
        a, b = Features(embedding=self.vector(1, 0)), Features(embedding=self.vector(*other))
        assert factor("semantic", a, b) == pytest.approx(value)

    def test_one_text_alone_says_nothing(self) -> None:
        assert factor("semantic", Features(embedding=self.vector(1, 0)), Features()) == 0.5


class TestTotal:
    def test_two_members_who_say_nothing(self) -> None:
        # .5 everywhere but skills .3
        assert score(Features(), Features(), Tables()).total == pytest.approx(0.46)

    def test_a_whole_pair(self) -> None:
        a = Features("software", "dev", frozenset({"go"}), frozenset({"css"}), 3, 20, False, "pt", "lisbon", 0, frozenset("h"))
        b = Features("design", "ux", frozenset({"css"}), frozenset({"backend"}), 2, 25, False, "pt", "porto", 0, frozenset("h"))
        # field .9, skills (.6 + .95 + 1) / 3 = .85, experience .9, availability r = .2 → .75, location .8,
        # values .6 × 1 + .4 × .5 = .8, semantic .5; boost dev + look .07
        expected = 0.2 * 0.9 + 0.2 * 0.85 + 0.15 * 0.9 + 0.15 * 0.75 + 0.1 * 0.8 + 0.1 * 0.8 + 0.1 * 0.5 + 0.07
        assert score(a, b, TABLES).total == pytest.approx(expected, abs=1e-9)

    def test_boosts_add_up(self) -> None:
        both = score(Features(field="venture"), Features(field="software"), TABLES)
        assert both.boosts == ((("dev", "start"), 0.1),)
        alone = score(Features(field="venture"), Features(field="venture"), TABLES)
        assert alone.boosts == ((("dev", "start"), 0.1),)
        crowded = Tables(boosts=pairs({("a", "b"): 0.1, ("a", "c"): 0.2}), field_groups={"x": frozenset("a"), "y": frozenset("bc")})
        assert score(Features(field="x"), Features(field="y"), crowded).total == pytest.approx(0.46 + 0.3)

    def test_a_total_is_capped_at_one(self) -> None:
        tables = Tables(boosts={("g", "g"): 0.9}, field_groups={"x": frozenset("g")})
        assert score(Features(field="x"), Features(field="x"), tables).total == 1.0

    def test_weights_are_those_published(self) -> None:
        weights = dict.fromkeys(kernel.FACTORS, 0.0) | {"experience": 1.0}
        assert score(Features(experience=1), Features(experience=1), Tables(weights=weights)).total == 0.9


class TestConfidence:
    def confidence(self, **known: Any) -> float:
        return score(Features(**known), Features(**known), TABLES).confidence

    @pytest.mark.parametrize(
        ("known", "share"),
        [
            ({}, 0.0),
            ({"field": "software"}, 0.2),
            ({"skills": frozenset({"go"})}, 0.2),
            ({"experience": 1, "hours": 20}, 0.3),
            ({"country": "pt"}, 0.1),
            ({"values": frozenset("a")}, 0.06),
            ({"work_styles": frozenset("a")}, 0.04),
        ],
    )
    def test_it_is_the_weight_of_what_both_told(self, known: dict[str, Any], share: float) -> None:
        assert self.confidence(**known) == pytest.approx(share)

    def test_nothing_weighs_nothing(self) -> None:
        tables = Tables(weights=dict.fromkeys(kernel.FACTORS, 0.0))
        result: Score = score(Features(), Features(), tables)
        assert (result.total, result.confidence) == (0.0, 0.0)
