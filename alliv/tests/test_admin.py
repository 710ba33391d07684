"""The staff's site: every page of it opens, and nobody else gets in."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from ops.models import Job

pytestmark = pytest.mark.integration
PAGES = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]


@pytest.fixture
def staff(sam: Member) -> Client:
    client = Client()
    client.force_login(sam)
    return client


def test_every_list_and_every_empty_form_opens(staff: Client) -> None:
    for page in PAGES:
        assert staff.get(reverse(f"admin:{page}_changelist")).status_code == 200, page
        assert staff.get(reverse(f"admin:{page}_add")).status_code in {200, 403}, page


def test_a_member_is_sent_to_sign_in(ana: Member) -> None:
    client = Client()
    client.force_login(ana)
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_new_password_is_chosen_where_it_ends_all_other_sessions(staff: Client) -> None:
    assert staff.get("/admin/password_change/").headers["Location"] == reverse("settings-security")


def test_guessing_a_password_is_limited_here_as_everywhere(db: None, settings: Any) -> None:
    settings.LIMITS_ENABLED = True
    wrong = {"username": "sam@example.org", "password": "no"}
    answers = [Client().post("/admin/login/", wrong).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_who_may_change_members_may_not_give_rights(ana: Member, sam: Member) -> None:
    sam.is_superuser = False
    sam.save()
    sam.user_permissions.set(Permission.objects.filter(codename__in=["change_member", "view_member"]))
    client = Client()
    client.force_login(sam)
    page = client.get(reverse("admin:accounts_member_change", args=[ana.pk])).content.decode()
    assert 'name="email"' in page
    for right in ("is_staff", "is_superuser", "groups", "user_permissions"):
        assert f'name="{right}"' not in page


@pytest.mark.parametrize(
    ("page", "question"),
    [
        ("accounts_member", "password__startswith"),
        ("ops_mail", "text__contains"),
        ("ops_mail", "html__regex"),
        ("mfa_secondfactor", "secret"),
        ("mfa_passkey", "credential_id__startswith"),
    ],
)
def test_what_is_not_shown_is_not_told_by_a_filter_either(page: str, question: str, staff: Client) -> None:
    address = reverse(f"admin:{page}_changelist")
    assert staff.get(address, {question: "1"}).status_code == 400
    assert staff.get(address).status_code == 200


@pytest.mark.parametrize("named", ["1", "x", "' OR 1=1", "\x00", "01941f29-7f60-7a0a-8a00", str(2**63), "9" * 30])
def test_an_id_that_can_be_no_rows_is_a_bad_request(named: str, staff: Client) -> None:
    for page in PAGES:
        answer = staff.post(reverse(f"admin:{page}_changelist"), {"action": "delete_selected", "_selected_action": [named], "index": "0"})
        assert answer.status_code in ({200, 302, 400, 403} if named == "1" else {400, 403}), page


def test_staff_cannot_make_a_job_do_something_else(staff: Client) -> None:
    job = Job.objects.create(queue="default", task="ops.outbox.send", arguments=["1"], status=Job.Status.DEAD)
    due = {"due_at_0": "2026-01-01", "due_at_1": "00:00:00"}
    change = {"status": "waiting", "attempts": "0", **due, "task": "os.system", "arguments": '["true"]', "queue": "media"}
    assert staff.post(reverse("admin:ops_job_change", args=[job.pk]), change).status_code == 302
    job.refresh_from_db()
    assert (job.status, job.task, job.arguments, job.queue) == ("waiting", "ops.outbox.send", ["1"], "default")
