"""How a value may be written, in a cell and in a file."""

import pytest

from matching.curation.forms import read_value
from ops.errors import Invalid

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("0", 0), ("1", 1), ("1.0", 1), (".95", 0.95), ("0,95", 0.95), ("95", 0.95), ("95%", 0.95), (" 95 % ", 0.95),
        ("2", 0.02), ("100", 1), ("1 %", 0.01), ("1.5%", 0.015), ("0.5 %", 0.005), ("0.12345", 0.1235),
    ],
)  # fmt: skip
def test_a_share_or_a_percentage(text: str, value: float | None) -> None:
    assert read_value(text) == value


@pytest.mark.parametrize("text", ["1.00001", "1.5", "1,99"])
def test_what_may_mean_either_is_asked_back(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_value(text)
    assert f"if you mean {text.replace(',', '.')} %, write the sign" in str(refused.value.errors[0].detail)


@pytest.mark.parametrize("text", ["-0.1", "101", "100.1", "101 %", "nan", "inf", "-", "%", "9%5", "5%%", "high"])
def test_the_rest_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_value(text)
