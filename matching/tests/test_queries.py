"""How many queries the lists take: the same however long they are. Counted in a process that has everybody in memory."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Member
from tests.factories import MemberFactory, PhotoFactory, SwipeFactory
from tests.support import api, change

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def grow(viewer: Member) -> None:
    for _ in range(3):
        PhotoFactory(member=MemberFactory())
        SwipeFactory(target=viewer)
        SwipeFactory(actor=viewer, action="pass")


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        # session with member and presence, revisions, whom to leave out, who is online
        ("/api/discover", 4),
        # session, matches, open likes, blocks, page, revisions, viewer, profiles, photos; and to score: revisions, profiles, vectors
        ("/api/invitations", 12),
        # session, matches, open likes, blocks, page, revisions, viewer, profiles, photos
        ("/api/swipes", 9),
        # session, matches, open likes, blocks, profile, revisions, the other's vector; the score is kept
        ("/api/compatibility/{ben}", 7),
    ],
)
def test_a_list_costs_the_same_however_long(
    path: str, queries: int, ana: Member, ben: Member, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = api(ana)
    for _ in range(2):
        grow(ana)
        client.get(path.format(ben=ben.pk))
        with django_assert_num_queries(queries):
            assert client.get(path.format(ben=ben.pk)).status_code == 200


def test_news_cost_four_more(ana: Member, ben: Member, django_assert_num_queries: Callable[..., Any]) -> None:
    client = api(ana)
    client.get("/api/discover")
    change(ben, hours_per_week=7)
    with django_assert_num_queries(8):  # what changed, and Ben's row; his profile and his photos
        client.get("/api/discover")
