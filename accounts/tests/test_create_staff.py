"""The command that makes staff: rights as asked, passwords from anywhere but the command line, honest exit codes."""

import io
import json
import sys
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from accounts.management.commands import create_staff
from accounts.models import Member
from ops.exits import PRECONDITION, USAGE
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PASSWORD = "a calm harbour 71"


@pytest.fixture(autouse=True)
def _piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAFF_PASSWORD", raising=False)
    pipe(monkeypatch, PASSWORD)


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text + "\n"))


def made(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_staff", *arguments, stdout=out)
    return out.getvalue()


def stopped(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as end:
        made(*arguments)
    return end.value.code


def test_with_one_permission_one_may_do_that_and_nothing_else() -> None:
    assert made("Kim@Example.org", "--permission", "matching.view_skillpair").strip() == str(Member.objects.get().pk)
    kim = Member.objects.get(email="kim@example.org")
    assert (kim.is_staff, kim.is_superuser, kim.is_verified, kim.check_password(PASSWORD)) == (True, False, True, True)
    assert api(kim).get("/api/admin/skill-compatibility").status_code == 200
    assert api(kim).post("/api/admin/skill-compatibility", {"skill_a": "Python", "skill_b": "Figma", "score": 0.5}).status_code == 403


def test_staff_are_seen_by_nobody(ana: Member) -> None:
    made("kim@example.org")
    assert api(ana).get(f"/api/profiles/{Member.objects.get(email='kim@example.org').pk}").status_code == 404


def test_groups_give_their_rights() -> None:
    group = Group.objects.create(name="Curators")
    made("kim@example.org", "--group", "Curators")
    assert list(Member.objects.get().groups.all()) == [group]


def test_a_superuser_opens_the_staff_s_site() -> None:
    made("kim@example.org", "--superuser")
    client = Client()
    client.post("/admin/login/", {"username": "kim@example.org", "password": PASSWORD})
    assert client.get("/admin/accounts/member/").status_code == 200


def test_json_says_who_was_made() -> None:
    told = json.loads(made("kim@example.org", "--permission", "accounts.view_member", "--json"))
    assert told == {
        "id": str(Member.objects.get().pk),
        "email": "kim@example.org",
        "permissions": ["accounts.view_member"],
        "groups": [],
        "superuser": False,
        "dry_run": False,
    }


def test_a_dry_run_makes_nobody() -> None:
    assert json.loads(made("kim@example.org", "--dry-run", "--json"))["id"] is None
    assert not Member.objects.exists()


def test_the_environment_goes_before_the_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", "another harbour 72")
    made("kim@example.org")
    assert Member.objects.get().check_password("another harbour 72")


def test_a_person_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([PASSWORD, PASSWORD, PASSWORD, "another"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(create_staff.getpass, "getpass", lambda prompt: next(answers))
    made("kim@example.org")
    assert Member.objects.get().check_password(PASSWORD)
    assert stopped("lee@example.org") == USAGE


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["no-address"], "is no e-mail address"),
        (["kim@example.org", "--permission", "matching.nothing"], "There is no permission 'matching.nothing'"),
        (["kim@example.org", "--permission", "nonsense"], "There is no permission 'nonsense'"),
        (["kim@example.org", "--group", "Nobody"], "There is no group 'Nobody'; there are: curator, moderator, operator."),
    ],
)
def test_wrong_usage_exits_2_and_says_why(arguments: list[str], sentence: str, capsys: Any) -> None:
    assert stopped(*arguments) == USAGE
    assert sentence in capsys.readouterr().err
    assert not Member.objects.exists()


def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    pipe(monkeypatch, "password")
    assert stopped("kim@example.org") == USAGE
    assert "known from leaks" in capsys.readouterr().err


def test_an_address_that_has_an_account_is_left_as_it_is(ana: Member, capsys: Any) -> None:
    assert stopped(ana.email, "--superuser") == PRECONDITION
    assert "has an account already" in capsys.readouterr().err
    ana.refresh_from_db()
    assert not ana.is_staff


def test_there_is_no_flag_for_a_password() -> None:
    flags = create_staff.Command().create_parser("manage.py", "create_staff")._option_string_actions
    assert not [flag for flag in flags if "pass" in flag]
