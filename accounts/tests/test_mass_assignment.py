"""What only the system or staff may set is not set by sending it along: every column there is, at every door that writes a member."""

from typing import Any

import pytest

from accounts.models import Member, Profile
from accounts.serializers import ProfileBody, RegisterBody
from tests.support import api, pointers

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

COLUMNS = {
    name for model in (Member, Profile) for field in model._meta.get_fields() for name in (field.name, getattr(field, "attname", ""))
} - {""}
NEW = {"email": "noor@example.org", "password": "a calm harbour 71", "name": "Noor Haddad", "birthdate": "1991-04-02"}


def rows() -> tuple[list[Any], list[Any]]:
    return list(Member.objects.order_by("pk").values()), list(Profile.objects.order_by("pk").values())


def test_the_columns_are_those_that_would_hurt() -> None:
    kept = COLUMNS - set(ProfileBody().fields)
    assert {
        "is_staff",
        "is_superuser",
        "is_active",
        "email",
        "password",
        "email_verified_at",
        "suspended_at",
        "groups",
        "id",
        "version",
    } <= kept


def test_by_a_change_of_the_profile(ana: Member) -> None:
    client, before = api(ana), rows()
    for column in sorted(COLUMNS - set(ProfileBody().fields)):
        assert pointers(client.patch("/api/me", {"headline": "New", column: True})) == {f"/{column}": "unknown_field"}
    assert rows() == before


def test_by_signing_up(stranger: Any) -> None:
    for column in sorted(COLUMNS - set(RegisterBody().fields)):
        assert pointers(stranger.post("/api/auth/register", {**NEW, column: True})) == {f"/{column}": "unknown_field"}
    assert not Member.objects.exists()
