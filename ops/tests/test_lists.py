"""Lists that stay quick: what is counted, how far one turns, and what a search finds."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Member
from ops import lists
from ops.lists import QuickPaginator
from tests.factories import MailFactory, MemberFactory, PhotoFactory, ReportFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def staff(client: Client, sam: Member) -> Client:
    client.force_login(sam)
    return client


def test_a_short_list_is_counted(sam: Member, ana: Member) -> None:
    assert QuickPaginator(Member.objects.all(), 50).count == 2


def test_of_a_long_one_there_is_an_estimate_and_of_its_parts_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    MemberFactory.create_batch(5)
    monkeypatch.setattr(lists, "COUNTED", 3)
    monkeypatch.setattr(lists, "estimated", lambda model: 1_000_000)
    assert QuickPaginator(Member.objects.all(), 50).count == 1_000_000
    assert QuickPaginator(Member.objects.all(), 50).num_pages == lists.PAGES
    assert QuickPaginator(Member.objects.filter(is_active=True), 50).count == 3


def test_only_postgresql_estimates(sam: Member) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert lists.estimated(Member) == (Member.objects.count() if connection.vendor == "postgresql" else None)


@pytest.mark.parametrize(
    ("search", "found"), [("ana@ex", 1), ("Ana", 1), ("ana ferr", 1), ("ANA@EXAMPLE.ORG", 1), ("ferreira", 0), ("nobody", 0)]
)
def test_members_are_found_by_beginnings(search: str, found: int, staff: Client, ana: Member, ben: Member) -> None:
    assert staff.get("/admin/accounts/member/", {"q": search}).context["cl"].result_count == found


@pytest.mark.parametrize("page", ["accounts_member", "media_photo", "moderation_report", "ops_mail", "audit_entry"])
def test_a_list_takes_the_same_queries_however_long(page: str, staff: Client) -> None:
    def grow() -> None:
        for _ in range(3):
            PhotoFactory()
            ReportFactory()
            MailFactory()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(reverse(f"admin:{page}_changelist")).status_code == 200
        return len(captured)

    grow()
    queries()
    before = queries()
    grow()
    assert queries() == before
