"""Members in the staff's hands: what staff change or delete is changed or deleted everywhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.mfa import services as mfa
from accounts.mfa.models import SecondFactor
from accounts.models import Member
from accounts.signals import access_revoked, account_closed
from tests.factories import MemberFactory
from tests.support import api, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def staff(client: Client, sam: Member) -> Client:
    client.force_login(sam)
    return client


@pytest.fixture
def heard() -> Any:
    """What was told about closed accounts and ended access."""
    news: list[str] = []

    def closed(sender: object, member: Member, **kwargs: Any) -> None:
        news.append(f"closed {member.email}")

    def revoked(sender: object, **kwargs: Any) -> None:
        news.append("revoked")

    account_closed.connect(closed)
    access_revoked.connect(revoked)
    yield news
    account_closed.disconnect(closed)
    access_revoked.disconnect(revoked)


def form_of(staff: Client, member: Member) -> dict[str, Any]:
    """What the browser would send back unchanged."""
    page = staff.get(f"/admin/accounts/member/{member.pk}/change/")
    forms = [page.context["adminform"].form, *(form for inline in page.context["inline_admin_formsets"] for form in inline.formset.forms)]
    managements = [inline.formset.management_form for inline in page.context["inline_admin_formsets"]]
    fields = [bound for form in (*forms, *managements) for bound in form]
    return {bound.html_name: value for bound in fields if (value := bound.value()) not in (None, False)}


def dated(values: dict[str, Any], name: str, moment: Any) -> dict[str, Any]:
    return {**values, f"{name}_0": str(moment.date()), f"{name}_1": moment.strftime("%H:%M:%S")}


def save(staff: Client, member: Member, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    values = form_of(staff, member)
    verified = member.email_verified_at
    answer = staff.post(f"/admin/accounts/member/{member.pk}/change/", change(dated(values, "email_verified_at", verified)))
    assert answer.status_code == 302, answer.context["errors"]


def first_names(member: Member) -> list[str]:
    rows = api(member).get("/api/discover?limit=1").json()["results"]
    return [row["member"]["name"].split()[0] for row in rows]


def test_an_edited_profile_shows_at_once(staff: Client, ana: Member, ben: Member) -> None:
    assert first_names(ana) == ["Ben"]
    save(staff, ben, lambda values: {**values, "profile-0-name": "Benedikt Vogel"})
    assert first_names(ana) == ["Benedikt"]


def test_a_closed_member_is_out_and_unseen(staff: Client, ana: Member, ben: Member, heard: list[str], committed: Any) -> None:
    client = api(ben)
    assert client.get("/api/me").status_code == 200
    with committed():
        save(staff, ben, lambda values: {name: value for name, value in values.items() if name != "is_active"})
    refused(client.get("/api/me"), 401, "token_revoked")
    assert first_names(ana) == []
    assert "revoked" in heard  # open sockets have to hear of it


@pytest.mark.parametrize("way", ["one", "several"])
def test_a_deleted_member_is_gone_everywhere(way: str, staff: Client, ana: Member, ben: Member, cleo: Member, heard: list[str]) -> None:
    assert first_names(ana) == ["Ben"]
    if way == "one":
        answer = staff.post(f"/admin/accounts/member/{ben.pk}/delete/", {"post": "yes"})
    else:
        data = {"action": "delete_selected", "_selected_action": [str(ben.pk)], "post": "yes"}
        answer = staff.post("/admin/accounts/member/", data)
    assert answer.status_code == 302
    assert not Member.objects.filter(pk=ben.pk).exists()
    assert heard == ["closed ben@example.org"]
    assert first_names(ana) == ["Cleo"]


@pytest.fixture
def helper(sam: Member) -> Client:
    """Somebody of staff with all rights over members and their second factors, and who is no superuser."""
    helper = MemberFactory(email="hal@example.org", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["accounts", "mfa"]))
    client = Client()
    client.force_login(helper)
    return client


def test_only_superusers_change_members_of_staff(helper: Client, sam: Member, ana: Member) -> None:
    """A new address and a new password by mail would make the helper Sam."""
    assert 'name="email"' in helper.get(f"/admin/accounts/member/{ana.pk}/change/").content.decode()
    assert 'name="email"' not in helper.get(f"/admin/accounts/member/{sam.pk}/change/").content.decode()
    assert helper.post(f"/admin/accounts/member/{sam.pk}/change/", {"email": "hal2@example.org"}).status_code == 403
    sam.refresh_from_db()
    assert sam.email == "sam@example.org"


def test_only_superusers_delete_members_of_staff_or_their_second_factor(helper: Client, sam: Member, ana: Member) -> None:
    mfa.begin_totp(sam)
    factor = SecondFactor.objects.get()
    assert helper.post(f"/admin/accounts/member/{sam.pk}/delete/", {"post": "yes"}).status_code == 403
    assert helper.post(f"/admin/mfa/secondfactor/{factor.pk}/delete/", {"post": "yes"}).status_code == 403
    for path, rows in (("accounts/member", [ana.pk, sam.pk]), ("mfa/secondfactor", [factor.pk])):
        several = {"action": "delete_selected", "_selected_action": [str(row) for row in rows], "post": "yes"}
        assert helper.post(f"/admin/{path}/", several).status_code == 403
    assert Member.objects.filter(pk__in=[ana.pk, sam.pk]).count() == 2
    assert SecondFactor.objects.exists()


def test_passwords_are_nowhere_to_be_seen(staff: Client, ana: Member) -> None:
    assert ana.password not in staff.get(f"/admin/accounts/member/{ana.pk}/change/").content.decode()
    assert staff.get("/admin/accounts/member/add/").status_code == 403


def test_staff_are_made_by_a_command() -> None:
    made = Member.objects.create_superuser("Root@Example.org", "a calm harbour 71")
    assert (made.email, made.is_staff, made.is_superuser, made.is_verified) == ("root@example.org", True, True, True)
    assert made.profile.name == ""
    assert Member.objects.get_by_natural_key(" ROOT@example.org ") == made
