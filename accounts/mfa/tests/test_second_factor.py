"""A second factor: switched on with an app, asked for at every door, switched off with a proof."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.codes import InvalidCode
from accounts.mfa import services
from accounts.mfa.models import RecoveryCode, SecondFactor
from accounts.mfa.tests.apps import app_code, wrong_code
from accounts.models import Member, Session
from accounts.tests.mails import last_code
from ops.models import Mail
from tests.browser import Browser
from tests.factories import PASSWORD, SecondFactorFactory
from tests.support import api, pointers, race, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def factor(ana: Member) -> SecondFactor:
    return SecondFactorFactory(member=ana)


@pytest.fixture
def recovery_codes(ana: Member, factor: SecondFactor) -> list[str]:
    return services.new_recovery_codes(ana)


def login(client: Any, **more: str) -> Any:
    return client.post("/api/auth/login", {"email": "ana@example.org", "password": PASSWORD, **more})


def subjects() -> list[str]:
    return list(Mail.objects.filter(purpose="notice").order_by("id").values_list("subject", flat=True))


class TestSwitchingOn:
    def test_from_the_secret_to_the_next_sign_in(self, ana: Member, stranger: Any) -> None:
        client = api(ana)
        assert client.get("/api/auth/mfa/totp").json() == {"enabled": False, "recovery_codes_left": 0}
        setup = client.post("/api/auth/mfa/totp").json()
        assert set(setup) == {"secret", "uri", "qr"}
        assert setup["uri"].startswith("otpauth://totp/Alliv:ana%40example.org?secret=" + setup["secret"])
        assert setup["qr"].startswith("data:image/svg+xml")
        assert login(stranger).status_code == 200  # nothing counts before the first code
        answer = client.post("/api/auth/mfa/totp/confirm", {"code": app_code(secret=setup["secret"])})
        codes = answer.json()["recovery_codes"]
        assert (answer.status_code, len(codes), len(set(codes))) == (200, 10, 10)
        assert client.get("/api/auth/mfa/totp").json() == {"enabled": True, "recovery_codes_left": 10}
        refused(login(stranger), 401, "otp_required")
        assert login(stranger, otp=app_code(1, setup["secret"])).status_code == 200
        assert subjects() == ["Your second factor is on"]

    def test_a_wrong_first_code_switches_nothing_on(self, ana: Member, stranger: Any) -> None:
        client = api(ana)
        secret = client.post("/api/auth/mfa/totp").json()["secret"]
        refused(client.post("/api/auth/mfa/totp/confirm", {"code": wrong_code(secret)}), 400, "invalid_code")
        assert login(stranger).status_code == 200

    def test_beginning_again_makes_another_secret(self, ana: Member) -> None:
        client = api(ana)
        first, second = (client.post("/api/auth/mfa/totp").json()["secret"] for _ in range(2))
        refused(client.post("/api/auth/mfa/totp/confirm", {"code": app_code(secret=first)}), 400, "invalid_code")
        assert client.post("/api/auth/mfa/totp/confirm", {"code": app_code(secret=second)}).status_code == 200

    def test_there_has_to_be_something_to_confirm(self, ana: Member) -> None:
        refused(api(ana).post("/api/auth/mfa/totp/confirm", {"code": "123456"}), 409, "second_factor_off")

    def test_what_is_on_is_not_replaced_unasked(self, ana: Member, factor: SecondFactor) -> None:
        refused(api(ana).post("/api/auth/mfa/totp"), 409, "second_factor_on")
        refused(api(ana).post("/api/auth/mfa/totp/confirm", {"code": app_code()}), 409, "second_factor_on")

    def test_the_database_knows_neither_secret_nor_codes(self, ana: Member) -> None:
        secret = services.begin_totp(ana).secret
        codes = services.confirm_totp(ana, app_code(secret=secret))
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret FROM mfa_secondfactor")
            stored = str(cursor.fetchall())
            cursor.execute("SELECT digest FROM mfa_recoverycode")
            stored += str(cursor.fetchall())
        assert secret not in stored
        assert not any(code in stored or code.replace("-", "") in stored for code in codes)

    def test_a_stranger_has_none(self, stranger: Any) -> None:
        refused(stranger.post("/api/auth/mfa/totp"), 401, "not_authenticated")


class TestSigningIn:
    def test_without_the_code_nobody_gets_in(self, stranger: Any, factor: SecondFactor) -> None:
        refused(login(stranger), 401, "otp_required")
        refused(login(stranger, otp=wrong_code()), 401, "invalid_otp")
        assert not Session.objects.exists()
        assert login(stranger, otp=app_code()).status_code == 200

    def test_a_wrong_password_does_not_tell_that_there_is_one(self, stranger: Any, factor: SecondFactor) -> None:
        body = {"email": "ana@example.org", "password": "wrong", "otp": app_code()}
        refused(stranger.post("/api/auth/login", body), 401, "invalid_credentials")

    def test_spaces_do_not_matter(self, stranger: Any, factor: SecondFactor) -> None:
        code = app_code()
        assert login(stranger, otp=f" {code[:3]} {code[3:]} ").status_code == 200

    def test_a_code_is_accepted_once_and_an_older_one_never_after(self, stranger: Any, factor: SecondFactor) -> None:
        code, older = app_code(), app_code(-1)
        assert login(stranger, otp=code).status_code == 200
        refused(login(stranger, otp=code), 401, "invalid_otp")
        refused(login(stranger, otp=older), 401, "invalid_otp")
        assert login(stranger, otp=app_code(1)).status_code == 200

    def test_a_recovery_code_is_accepted_once(self, stranger: Any, recovery_codes: list[str]) -> None:
        assert login(stranger, otp=recovery_codes[0].upper()).status_code == 200
        refused(login(stranger, otp=recovery_codes[0]), 401, "invalid_otp")
        assert login(stranger, otp=recovery_codes[1].replace("-", "")).status_code == 200
        assert RecoveryCode.objects.count() == 8
        assert subjects() == ["A recovery code was used"] * 2

    def test_somebody_else_s_recovery_code_is_none(self, stranger: Any, ben: Member, recovery_codes: list[str]) -> None:
        SecondFactorFactory(member=ben)
        body = {"email": ben.email, "password": PASSWORD, "otp": recovery_codes[0]}
        refused(stranger.post("/api/auth/login", body), 401, "invalid_otp")
        assert RecoveryCode.objects.count() == 10

    def test_ten_wrong_ones_close_the_door_for_an_hour_and_the_owner_is_told(self, stranger: Any, factor: SecondFactor) -> None:
        for _ in range(services.MAX_TRIES):
            refused(login(stranger, otp=wrong_code()), 401, "invalid_otp")
        answer = login(stranger, otp=app_code())
        refused(answer, 429, "rate_limited")
        assert int(answer["Retry-After"]) > 0
        assert subjects() == ["Somebody knows your Alliv password"]
        SecondFactor.objects.update(tries_since=timezone.now() - timedelta(hours=1))
        assert login(stranger, otp=app_code()).status_code == 200

    def test_a_right_one_forgives_the_wrong_ones(self, stranger: Any, factor: SecondFactor) -> None:
        login(stranger, otp=wrong_code())
        login(stranger, otp=app_code())
        assert SecondFactor.objects.get().tries == 0

    def test_a_secret_sealed_under_another_key_lets_nobody_in_but_recovery_codes_do(
        self, stranger: Any, recovery_codes: list[str], settings: Any
    ) -> None:
        settings.SECRET_KEY = "another key of fifty letters, more or less, to be sure"
        refused(login(stranger, otp=app_code()), 401, "invalid_otp")
        assert login(stranger, otp=recovery_codes[0]).status_code == 200


class TestSwitchingOff:
    def off(self, client: Any, password: str = PASSWORD, code: str = "") -> Any:
        return client.delete("/api/auth/mfa/totp", {"password": password, "code": code or app_code()})

    def test_it_needs_password_and_code(self, ana: Member, recovery_codes: list[str], stranger: Any) -> None:
        client = api(ana)
        refused(self.off(client, password="wrong"), 403, "wrong_password")
        refused(self.off(client, code=wrong_code()), 400, "invalid_code")
        assert set(pointers(client.delete("/api/auth/mfa/totp", {}))) == {"/password", "/code"}
        assert self.off(client).status_code == 204
        assert (SecondFactor.objects.count(), RecoveryCode.objects.count()) == (0, 0)
        assert login(stranger).status_code == 200
        assert subjects() == ["Your second factor is off"]

    def test_a_recovery_code_serves_as_well(self, ana: Member, recovery_codes: list[str]) -> None:
        assert self.off(api(ana), code=recovery_codes[0]).status_code == 204

    def test_there_has_to_be_one(self, ana: Member) -> None:
        refused(self.off(api(ana)), 409, "second_factor_off")


class TestRecoveryCodes:
    def renew(self, client: Any, **proof: str) -> Any:
        return client.post("/api/auth/mfa/recovery-codes", proof)

    @pytest.mark.parametrize("proof", ["password", "code"])
    def test_new_ones_replace_the_old(self, proof: str, ana: Member, recovery_codes: list[str], stranger: Any) -> None:
        answer = self.renew(api(ana), **{proof: {"password": PASSWORD, "code": app_code()}[proof]})
        fresh = answer.json()["recovery_codes"]
        assert (answer.status_code, len(fresh)) == (200, 10)
        refused(login(stranger, otp=recovery_codes[0]), 401, "invalid_otp")
        assert login(stranger, otp=fresh[0]).status_code == 200

    def test_they_need_a_proof(self, ana: Member, recovery_codes: list[str]) -> None:
        client = api(ana)
        assert pointers(self.renew(client)) == {"/password": "required"}
        refused(self.renew(client, password="wrong"), 403, "wrong_password")
        refused(self.renew(client, password=PASSWORD, code=wrong_code()), 400, "invalid_code")

    def test_without_a_second_factor_there_are_none(self, ana: Member) -> None:
        refused(self.renew(api(ana), password=PASSWORD), 409, "second_factor_off")


class TestInABrowser:
    def first_step(self) -> Browser:
        return Browser().open("/accounts/login/?next=/matches/").press("Log in", email="ana@example.org", password=PASSWORD)

    def test_the_code_is_asked_for_after_the_password(self, ana: Member, factor: SecondFactor) -> None:
        browser = self.first_step()
        assert browser.path == "/accounts/login/code/"
        assert browser.client.get("/settings/").status_code == 302
        browser.press("Log in", status=400, otp=wrong_code())
        assert "This code is wrong" in browser.text
        assert browser.press("Log in", otp=app_code()).path == "/matches/"

    def test_without_the_password_there_is_no_such_step(self, ana: Member, factor: SecondFactor) -> None:
        client = Client()
        assert client.post("/accounts/login/code/", {"otp": app_code()})["Location"] == "/accounts/login/"
        assert not Session.objects.exists()

    def test_a_password_changed_meanwhile_ends_the_wait(self, ana: Member, factor: SecondFactor) -> None:
        browser = self.first_step()
        ana.set_password("an other harbour 72")
        ana.save()
        assert browser.open("/accounts/login/code/").path == "/accounts/login/"

    def test_the_wait_ends_by_itself(self, ana: Member, factor: SecondFactor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("accounts.second_step.PATIENCE_SECONDS", -1)
        assert self.first_step().path == "/accounts/login/"

    def test_a_new_password_by_mail_is_no_way_around(self, ana: Member, factor: SecondFactor) -> None:
        browser = Browser().open("/accounts/reset/").press("Send the digits", email=ana.email)
        browser.press("Save and log in", code=last_code(), password="an other harbour 72")
        assert browser.path == "/accounts/login/code/"
        assert not Session.objects.filter(ended_at=None).exists()

    def test_staff_are_asked_too(self, sam: Member) -> None:
        SecondFactorFactory(member=sam)
        client = Client()
        form = {"username": sam.email, "password": PASSWORD, "next": "/admin/accounts/member/"}
        assert client.post("/admin/login/", form)["Location"] == "/accounts/login/code/"
        assert client.get("/admin/").status_code == 302
        answer = client.post("/accounts/login/code/", {"otp": app_code()})
        assert answer["Location"] == "/admin/accounts/member/"
        assert client.get("/admin/").status_code == 200

    def test_where_staff_need_one_a_password_alone_opens_nothing(self, sam: Member, settings: Any) -> None:
        settings.STAFF_SECOND_FACTOR = True
        client = Client()
        client.force_login(sam)
        for page in ("/admin/", "/admin/accounts/member/", "/admin/matrix/"):
            assert client.get(page, follow=True).redirect_chain[-1] == ("/settings/security/", 302)
        assert client.get("/api/admin/skill-compatibility").status_code == 403
        SecondFactorFactory(member=sam)
        for page in ("/admin/", "/admin/matrix/", "/api/admin/skill-compatibility"):
            assert client.get(page).status_code == 200


class TestStaff:
    def test_one_who_lost_the_app_is_helped(self, ana: Member, sam: Member, recovery_codes: list[str], stranger: Any) -> None:
        client = Client()
        client.force_login(sam)
        factor = SecondFactor.objects.get()
        page = client.get(f"/admin/mfa/secondfactor/{factor.pk}/change/").content.decode()
        assert factor.secret not in page
        assert client.post(f"/admin/mfa/secondfactor/{factor.pk}/delete/", {"post": "yes"}).status_code == 302
        assert login(stranger).status_code == 200
        assert subjects() == ["Your second factor is off"]


@pytest.mark.django_db(transaction=True)
class TestAtTheSameInstant:
    @pytest.mark.parametrize("kind", ["app", "recovery"])
    def test_one_code_lets_one_of_many_in(self, kind: str, ana: Member, recovery_codes: list[str]) -> None:
        code = app_code() if kind == "app" else recovery_codes[0]
        outcomes = race(*[partial(services.prove_second_factor, ana, code)] * 4)
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [InvalidCode] * 3
        assert outcomes.count(None) == 1

    def test_two_new_sets_leave_ten(self, ana: Member, recovery_codes: list[str]) -> None:
        race(*[partial(services.renew_recovery_codes, ana)] * 3)
        assert RecoveryCode.objects.count() == 10

    def test_many_wrong_ones_at_once_are_all_counted(self, ana: Member, factor: SecondFactor) -> None:
        race(*[partial(services.prove_second_factor, ana, wrong_code())] * 4)
        assert SecondFactor.objects.get().tries == 4


def test_a_member_without_standing_cannot_wait(ana: Member) -> None:
    SecondFactorFactory(member=ana)
    browser = TestInABrowser().first_step()
    Member.objects.filter(pk=ana.pk).update(suspended_at=timezone.now())
    assert browser.open("/accounts/login/code/").path == "/accounts/login/"


class TestOnTheSecurityPage:
    def test_from_the_qr_code_to_switching_it_off(self, ana: Member) -> None:
        browser = Browser(ana).open("/settings/").click("Security").press("Set it up")
        secret = services.pending_setup(ana).secret
        assert secret in browser.text
        assert 'src="data:image/svg+xml' in browser.answer.content.decode()
        browser.press("Switch it on", status=400, code=wrong_code(secret))
        assert "This code is wrong" in browser.text
        browser.press("Switch it on", code=app_code(secret=secret))
        assert browser.text.count("-") >= 30
        assert "no-store" in browser.answer["Cache-Control"]
        browser.click("I have kept them")
        assert "10 recovery codes are left." in browser.text
        browser.press("Make new codes", password=PASSWORD)
        assert "Your recovery codes" in browser.text
        browser.open("/settings/security/").press("Switch it off", status=400, password="wrong", code=app_code(1, secret))
        assert "This is not your password." in browser.text
        browser.press("Switch it off", password=PASSWORD, code=app_code(1, secret))
        assert not services.is_on(ana)

    def test_new_codes_need_the_password(self, ana: Member, recovery_codes: list[str]) -> None:
        browser = Browser(ana).open("/settings/security/").press("Make new codes", status=400, password="wrong")
        assert "This is not your password." in browser.text
        assert RecoveryCode.objects.count() == 10

    def test_who_has_no_password_is_led_to_set_one(self, ana: Member) -> None:
        ana.set_unusable_password()
        ana.save()
        browser = Browser(ana).open("/settings/security/")
        assert "Set a password" in browser.text
        assert "Change it" not in browser.text
