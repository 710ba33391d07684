"""Numbers are plain digits, wherever they are sent as text."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from accounts.models import Member
from ops.serializers import FiniteFloat, WholeNumber
from tests.support import api, pointers

NEITHER = ["", "1_0", " 10", "10 ", "10\n", "1e1", "1,000", "+5", "--5", "0x10", "１０", "١٠", "x", "nan", "inf", "9" * 5000, True, [1], {}]


@pytest.mark.unit
@pytest.mark.parametrize(("given", "number"), [("12", 12), ("-3", -3), ("007", 7), (12, 12), (12.0, 12)])
def test_a_whole_number(given: Any, number: int) -> None:
    assert WholeNumber().run_validation(given) == number


@pytest.mark.unit
@pytest.mark.parametrize(("given", "number"), [("12", 12), ("-0.5", -0.5), (".5", 0.5), (38.72, 38.72), (1e1, 10)])
def test_a_number(given: Any, number: float) -> None:
    assert FiniteFloat().run_validation(given) == number


@pytest.mark.unit
@pytest.mark.parametrize("given", [*NEITHER, "1.5.", "5."], ids=repr)
@pytest.mark.parametrize("field", [WholeNumber(), FiniteFloat()], ids=["whole", "any"])
def test_what_is_none(field: Any, given: Any) -> None:
    with pytest.raises(ValidationError):
        field.run_validation(given)


@pytest.mark.integration
@pytest.mark.django_db
@pytest.mark.parametrize("given", ["1_0", " 10 ", "1e1", "1,000", "１０"])
def test_the_api_refuses_it_in_queries_and_bodies(given: str, ana: Member) -> None:
    client = api(ana)
    for path, name in [
        ("swipes", "limit"),
        ("fields", "limit"),
        ("discover", "limit"),
        ("discover", "min_hours"),
        ("discover", "min_score"),
    ]:
        assert pointers(client.get(f"/api/{path}", {name: given})) == {f"/{name}": "invalid"}
    assert pointers(client.patch("/api/me", {"hours_per_week": given})) == {"/hours_per_week": "invalid"}
