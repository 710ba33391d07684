"""The matrix value of every two skills as one array: the same numbers as `Tables.skill_value`, looked up by index."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from matching.score import Tables

Table = npt.NDArray[np.float64]


def skill_table(keys: Sequence[str], tables: Tables) -> Table:
    """(V + 1) × (V + 1) for V skills in the order of `keys`; NaN where there is no value, on the diagonal and in the pad."""
    index = {key: place for place, key in enumerate(keys)}
    homes = np.array([index.get(tables.categories.get(key, key), place) for place, key in enumerate(keys)], np.intp)
    pairs = listed(tables, index)
    size = len(keys) + 1
    result = np.full((size, size), np.nan)
    result[:-1, :-1] = by_categories(pairs, homes)
    one_category = by_one_category(pairs, homes, size - 1)
    result[:-1, :-1] = np.where(np.isnan(one_category), result[:-1, :-1], one_category)
    for (s, t), value in pairs.items():
        result[s, t] = result[t, s] = value
    np.fill_diagonal(result, np.nan)
    return result


def listed(tables: Tables, index: Mapping[str, int]) -> dict[tuple[int, int], float]:
    return {(index[s], index[t]): value for (s, t), value in tables.skill_pairs.items() if s in index and t in index}


def by_categories(pairs: Mapping[tuple[int, int], float], homes: npt.NDArray[np.intp]) -> Table:
    """The third level: the value of the two categories."""
    values = np.full((len(homes), len(homes)), np.nan)
    for (s, t), value in pairs.items():
        values[s, t] = values[t, s] = value
    spread: Table = values[homes[:, None], homes[None, :]]
    return spread


def by_one_category(pairs: Mapping[tuple[int, int], float], homes: npt.NDArray[np.intp], size: int) -> Table:
    """The second level: a skill with the other's category; the higher of the two ways."""
    values = np.full((size, size), np.nan)
    for (s, t), value in pairs.items():
        for skill, category in ((s, t), (t, s)):
            if homes[category] == category:
                members = np.flatnonzero(homes == category)
                values[skill, members] = np.fmax(values[skill, members], value)
                values[members, skill] = np.fmax(values[members, skill], value)
    return values
