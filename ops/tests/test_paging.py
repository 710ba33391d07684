"""Cursor pages: sealed, bound to their list, from 1 to 100 rows."""

from typing import Any

import pytest

from accounts.models import Member
from ops.errors import Invalid
from ops.paging import seal, unseal
from tests.factories import SwipeFactory
from tests.support import api, pointers


@pytest.mark.unit
class TestSealing:
    def test_a_cursor_reads_back(self) -> None:
        assert unseal(seal({"after": [0.5, "x"]})) == {"after": [0.5, "x"]}

    @pytest.mark.parametrize("word", ["", "x", ":", "a:b:c", "\x00", "é", "a" * 10_000])
    def test_anything_else_is_refused(self, word: str) -> None:
        with pytest.raises(Invalid):
            unseal(word)

    def test_a_changed_letter_is_noticed(self) -> None:
        word = seal({"a": 1})
        with pytest.raises(Invalid):
            unseal(word[:-1] + ("A" if word[-1] != "A" else "B"))


@pytest.mark.integration
@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def client(self, ana: Member) -> Any:
        SwipeFactory.create_batch(5, actor=ana)
        return api(ana)

    def test_next_and_previous_lead_there_and_back(self, client: Any) -> None:
        first = client.get("/api/swipes?limit=2").json()
        second = client.get(first["next"]).json()
        third = client.get(second["next"]).json()
        assert [len(page["results"]) for page in (first, second, third)] == [2, 2, 1]
        assert (first["previous"], third["next"]) == (None, None)
        assert client.get(second["previous"]).json()["results"] == first["results"]

    def test_a_row_that_came_in_between_shifts_nothing(self, client: Any, ana: Member) -> None:
        first = client.get("/api/swipes?limit=2").json()
        SwipeFactory(actor=ana)
        ids = [row["id"] for row in first["results"] + client.get(first["next"]).json()["results"]]
        assert len(set(ids)) == 4
        assert ids == sorted(ids, reverse=True)

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", ""])
    def test_limits_are_from_1_to_100(self, limit: str, client: Any) -> None:
        assert pointers(client.get(f"/api/swipes?limit={limit}")) == {"/limit": "invalid"}

    @pytest.mark.parametrize(("limit", "count"), [("1", 1), ("100", 5)])
    def test_both_ends_are_fine(self, limit: str, count: int, client: Any) -> None:
        assert len(client.get(f"/api/swipes?limit={limit}").json()["results"]) == count

    def test_the_cursor_of_another_list_is_refused(self, client: Any) -> None:
        following = client.get("/api/swipes?limit=2").json()["next"]
        for path in ("/api/invitations", "/api/discover", "/api/blocks"):
            assert pointers(client.get(following.replace("/api/swipes", path))) == {"/cursor": "invalid"}
