"""Whatever the value, it can be read on its colour, in both themes."""

import re
from pathlib import Path

import pytest

from matching.curation.grid import LEVELS

pytestmark = pytest.mark.unit

CSS = (Path(__file__).parents[3] / "static" / "css" / "staff.css").read_text(encoding="utf-8")
ROW = re.compile(r"td\.h(\d+) \{ background: light-dark\((#\w+), (#\w+)\); color: light-dark\((#\w+), (#\w+)\); \}")


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    shares = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_every_value_can_be_read() -> None:
    rows = ROW.findall(CSS)
    assert [int(level) for level, *_ in rows] == list(range(LEVELS + 1))
    for level, light, dark, on_light, on_dark in rows:
        assert contrast(light, on_light) >= 4.5, level
        assert contrast(dark, on_dark) >= 4.5, level


def test_links_inside_sentences_are_told_by_more_than_colour() -> None:
    assert ".plainly a { text-decoration: underline; }" in CSS
