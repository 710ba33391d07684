"""Signing in, and passwords: one rule for the API, the pages and the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import hashers
from accounts.models import EmailCode, Member, Session
from accounts.sessions import device_of
from accounts.tests.mails import last_code, write_mails, wrong
from ops.models import Job, Mail
from tests.factories import PASSWORD, MemberFactory
from tests.support import api, pointers, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NEW = "an other harbour 72"


def login(client: Any, email: str, password: str = PASSWORD) -> Any:
    return client.post("/api/auth/login", {"email": email, "password": password})


class TestLogin:
    def test_the_right_pair_gives_tokens(self, stranger: Any, ana: Member) -> None:
        body = login(stranger, " ANA@example.org ").json()
        assert set(body) == {"access", "refresh", "token_type", "expires_in", "member"}
        stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
        assert stranger.get("/api/me").status_code == 200

    @pytest.mark.parametrize(("email", "password"), [("ana@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
    def test_a_wrong_pair_is_refused_alike(self, email: str, password: str, stranger: Any, ana: Member) -> None:
        assert refused(login(stranger, email, password), 401, "invalid_credentials")["detail"] == (
            "This e-mail address and password do not belong together."
        )

    def test_an_unknown_address_costs_a_hash_too(self, stranger: Any, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        counts, encode = [], hashers.Argon2.encode
        monkeypatch.setattr(hashers.Argon2, "encode", lambda *args: counts.append(1) or encode(*args))
        login(stranger, "nobody@example.org")
        assert counts == [1]

    @pytest.mark.parametrize(
        ("state", "status", "code"),
        [
            ({"email_verified_at": None}, 403, "email_not_verified"),
            ({"suspended_at": timezone.now()}, 403, "suspended"),
            ({"suspended_at": timezone.now(), "suspended_until": timezone.now() + timedelta(days=1)}, 403, "suspended"),
            ({"is_active": False}, 401, "invalid_credentials"),
        ],
    )
    def test_who_may_not_sign_in_is_told_only_with_the_right_password(
        self, state: dict[str, Any], status: int, code: str, stranger: Any
    ) -> None:
        member = MemberFactory(**state)
        refused(login(stranger, member.email), status, code)
        refused(login(stranger, member.email, "wrong"), 401, "invalid_credentials")
        assert not Session.objects.exists()

    def test_a_suspension_that_ran_out_is_none(self, stranger: Any) -> None:
        member = MemberFactory(suspended_at=timezone.now(), suspended_until=timezone.now() - timedelta(seconds=1))
        assert login(stranger, member.email).status_code == 200

    def test_a_password_is_taken_as_it_is(self, stranger: Any) -> None:
        member = MemberFactory()
        member.set_password("  spaces and ünïcode  ")
        member.save()
        assert login(stranger, member.email, "  spaces and ünïcode  ").status_code == 200
        refused(login(stranger, member.email, "spaces and ünïcode"), 401, "invalid_credentials")

    @pytest.mark.parametrize(
        ("agent", "words"),
        [
            ("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "Firefox on Linux"),
            ("Mozilla/5.0 (iPhone; CPU) Version/17 Safari/604.1", "Safari on iPhone"),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "Edge on Windows"),
            ("curl/8.0", "curl"),
            ("", "Unknown app"),
            ("x" * 10_000, "Unknown app"),
        ],
    )
    def test_a_device_is_described_in_words(self, agent: str, words: str) -> None:
        assert device_of(agent) == words


class TestAdminLogin:
    def test_staff_sign_in_and_can_be_seen_among_the_sessions(self, client: Client, sam: Member) -> None:
        answer = client.post("/admin/login/?next=/admin/", {"username": "SAM@example.org", "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
        assert Session.objects.get().kind == "browser"
        assert client.get("/admin/").status_code == 200

    @pytest.mark.parametrize("state", [{"suspended_at": timezone.now()}, {"is_staff": False}, {"is_active": False}])
    def test_others_do_not(self, state: dict[str, Any], client: Client) -> None:
        member = MemberFactory(**{"is_staff": True, **state})
        assert client.post("/admin/login/", {"username": member.email, "password": PASSWORD}).status_code == 200
        assert not Session.objects.exists()


class TestForgottenPassword:
    def ask(self, stranger: Any, email: str = "ana@example.org") -> str:
        answer = stranger.post("/api/auth/password/reset", {"email": email})
        assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
        write_mails()
        return last_code() if Mail.objects.exists() else ""

    def confirm(self, stranger: Any, code: str, password: str = NEW, email: str = "ana@example.org") -> Any:
        return stranger.post("/api/auth/password/reset/confirm", {"email": email, "code": code, "password": password})

    def test_a_code_sets_a_new_one_and_ends_every_session(self, stranger: Any, ana: Member) -> None:
        there = api(ana)
        assert self.confirm(stranger, self.ask(stranger)).status_code == 204
        refused(there.get("/api/me"), 401, "token_revoked")
        refused(login(stranger, ana.email), 401, "invalid_credentials")
        assert login(stranger, ana.email, NEW).status_code == 200

    def test_an_address_nobody_has_is_answered_alike(self, stranger: Any) -> None:
        assert self.ask(stranger, "nobody@example.org") == ""
        refused(self.confirm(stranger, "123456", email="nobody@example.org"), 400, "invalid_code")

    def test_the_answer_takes_the_same_work_for_everybody(self, stranger: Any, ana: Member, django_assert_num_queries: Any) -> None:
        """Reading the address and writing a job: the mail, if there is one, is not made while somebody waits and measures."""
        for path in ("password/reset", "verify-email/resend"):
            for email in (ana.email, "nobody@example.org"):
                with django_assert_num_queries(2):
                    stranger.post(f"/api/auth/{path}", {"email": email})
        assert Job.objects.count() == 4
        assert not Mail.objects.exists()
        write_mails()
        assert [mail.to for mail in Mail.objects.all()] == [ana.email]

    def test_a_weak_password_leaves_the_code_as_it_is(self, stranger: Any, ana: Member) -> None:
        code = self.ask(stranger)
        assert pointers(self.confirm(stranger, code, "password")) == {"/password": "weak_password"}
        assert self.confirm(stranger, code).status_code == 204

    def test_wrong_codes_are_counted(self, stranger: Any, ana: Member) -> None:
        code = self.ask(stranger)
        for _ in range(5):
            refused(self.confirm(stranger, wrong(code)), 400, "invalid_code")
        refused(self.confirm(stranger, code), 400, "invalid_code")

    def test_a_code_for_one_purpose_does_not_serve_another(self, stranger: Any, ana: Member) -> None:
        code = self.ask(stranger)
        Member.objects.update(email_verified_at=None)
        refused(stranger.post("/api/auth/verify-email", {"email": ana.email, "code": code}), 400, "invalid_code")

    def test_the_mail_proves_the_address_too(self, stranger: Any) -> None:
        member = MemberFactory(email_verified_at=None)
        assert self.confirm(stranger, self.ask(stranger, member.email), email=member.email).status_code == 204
        assert login(stranger, member.email, NEW).status_code == 200

    def test_one_mail_a_minute(self, stranger: Any, ana: Member) -> None:
        self.ask(stranger)
        self.ask(stranger)
        assert (Mail.objects.count(), EmailCode.objects.count()) == (1, 1)


class TestChangedPassword:
    def change(self, client: Any, old: str = PASSWORD, new: str = NEW) -> Any:
        return client.post("/api/auth/password/change", {"old": old, "new": new})

    def test_all_sessions_but_this_end(self, stranger: Any, ana: Member) -> None:
        here, there = api(ana), api(ana)
        assert self.change(here).status_code == 204
        assert here.get("/api/me").status_code == 200
        refused(there.get("/api/me"), 401, "token_revoked")
        assert login(stranger, ana.email, NEW).status_code == 200

    def test_its_member_is_told(self, ana: Member) -> None:
        self.change(api(ana))
        assert [(mail.to, mail.subject) for mail in Mail.objects.all()] == [(ana.email, "Your Alliv password was changed")]

    def test_it_needs_the_old_one(self, ana: Member) -> None:
        refused(self.change(api(ana), old="wrong"), 403, "wrong_password")

    def test_guessing_the_old_one_in_an_open_session_is_limited(self, ana: Member, settings: Any) -> None:
        settings.LIMITS_ENABLED = True
        client = api(ana)
        answers = [self.change(client, old="wrong").status_code for _ in range(11)]
        assert answers == [403] * 10 + [429]

    @pytest.mark.parametrize("new", ["short", "ana@example.org"])
    def test_a_weak_one_is_refused(self, new: str, ana: Member) -> None:
        assert pointers(self.change(api(ana), new=new)) == {"/new": "weak_password"}


class TestLeaving:
    def test_an_account_is_deleted_with_its_password_only(self, ana: Member, ben: Member) -> None:
        client = api(ana)
        refused(client.delete("/api/me", {"password": "wrong"}), 403, "wrong_password")
        assert set(pointers(client.delete("/api/me", {}))) == {"/password"}
        assert client.delete("/api/me", {"password": PASSWORD}).status_code == 204
        assert list(Member.objects.all()) == [ben]
        refused(client.get("/api/me"), 401, "token_revoked")
        refused(api(ben).get(f"/api/profiles/{ana.pk}"), 404, "not_found")
