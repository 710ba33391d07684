"""The table the ranking reads holds the very numbers that the score looks up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.ranking.skill_table import skill_table
from matching.score import Tables, ends
from matching.tests.words import HOMES, TABLES

pytestmark = pytest.mark.unit

KEYS = sorted(HOMES)
SHARES = st.floats(0, 1)
PAIRS = st.tuples(st.sampled_from([*KEYS, "gone"]), st.sampled_from(KEYS)).filter(lambda pair: pair[0] != pair[1])
MATRICES = st.dictionaries(PAIRS.map(lambda pair: ends(*pair)), SHARES, max_size=40)


@given(MATRICES, st.permutations(KEYS))
def test_every_value_is_the_one_of_the_score(matrix: dict[tuple[str, str], float], keys: list[str]) -> None:
    tables = Tables(skill_pairs=matrix, categories=HOMES)
    table = skill_table(keys, tables)
    for i, s in enumerate(keys):
        for j, t in enumerate(keys):
            expected = None if s == t else tables.skill_value(s, t)
            assert table[i, j] == expected or (expected is None and math.isnan(table[i, j])), (s, t)


def test_the_pad_is_worth_nothing() -> None:
    table = skill_table(KEYS, TABLES)
    assert table.shape == (len(KEYS) + 1, len(KEYS) + 1)
    assert all(math.isnan(value) for value in [*table[-1], *table[:, -1]])
