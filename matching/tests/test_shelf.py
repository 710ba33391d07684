"""What the process keeps of people it has shown: nothing is asked twice, and nothing old is shown."""

from typing import Any

import pytest

from accounts.models import Member
from matching import shelf
from matching.ranking.loading import population
from tests.support import api, change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def card_of(viewer: Member, other: Member) -> dict[str, Any]:
    rows = api(viewer).get("/api/discover").json()["results"]
    return next(row for row in rows if row["member"]["id"] == str(other.pk))


def test_people_shown_before_need_no_query(ana: Member, ben: Member, django_assert_num_queries: Any) -> None:
    people = population()
    first = shelf.of(people, [ana.pk, ben.pk])
    with django_assert_num_queries(0):
        assert shelf.of(people, [ana.pk, ben.pk]) == first


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("headline", "Now elsewhere", "Now elsewhere"),
        ("skills", ["Python"], ["Python"]),
        ("city", "Faro", "Faro"),
        ("name", "Benno", "Benno"),
    ],
)
def test_an_edit_is_on_the_next_card(name: str, value: Any, shown: Any, ana: Member, ben: Member) -> None:
    before = card_of(ana, ben)["member"][name]
    change(ben, **{name: value})
    assert card_of(ana, ben)["member"][name] == shown != before


def test_the_viewer_s_own_edit_is_in_the_next_explanation(ana: Member, ben: Member) -> None:
    before = card_of(ana, ben)["explanation"]
    change(ana, hours_per_week=1)
    assert card_of(ana, ben)["explanation"] != before


def test_it_has_room_for_so_many(ana: Member, ben: Member, cleo: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "ROOM", 2)
    shelf.of(population(), [ana.pk, ben.pk, cleo.pk])
    assert len(shelf._kept) == 2
