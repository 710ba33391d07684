"""Passkeys: made in the settings, used as the second step or as the whole way in, refused wherever something does not fit."""

from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts import passkey_pages, sessions
from accounts.codes import InvalidCode
from accounts.mfa import passkeys, services
from accounts.mfa.models import Passkey, RecoveryCode
from accounts.mfa.tests.apps import app_code
from accounts.mfa.tests.devices import Device
from accounts.models import Member, Session
from ops.errors import TooMany
from ops.limits import RULES
from ops.models import Mail
from tests.browser import Browser
from tests.factories import PASSWORD, SecondFactorFactory
from tests.support import api, race, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

HERE = passkeys.Site("testserver", frozenset(["http://testserver"]))
REFUSED = "This passkey was not accepted. Try again."


def subjects() -> list[str]:
    return list(Mail.objects.filter(purpose="notice").order_by("id").values_list("subject", flat=True))


def ask(browser: Browser, button: str, **given: str) -> Any:
    """What the page's own module does: it sends the form to where the options are."""
    form, pressed = next((form, one) for form in browser.page.forms for one in form.buttons if one[0] == button)
    path = "/settings/security/passkey/options/" if button == "Add a passkey" else "/accounts/passkey/options/"
    return browser.client.post(path, form.filled(pressed, given), headers={"referer": "http://testserver/"})


def with_passkey(member: Member, device: Device | None = None) -> Device:
    device = device or Device()
    question, state = passkeys.begin_adding(member, HERE)
    passkeys.finish_adding(member, HERE, state, device.create(question), name="Ana's phone")
    return device


def at_the_second_step(member: Member) -> Browser:
    browser = Browser().open("/accounts/login/").press("Log in", email=member.email, password=PASSWORD)
    assert browser.path == "/accounts/login/code/"
    return browser


def log_in(browser: Browser, device: Device, **changed: str) -> Browser:
    question = ask(browser, "Log in with a passkey").json()
    return browser.press("Log in with a passkey", credential=changed.get("credential") or device.get(question))


class TestHavingSome:
    def test_from_the_settings_to_the_next_sign_in_and_away_again(self, ana: Member) -> None:
        device, browser = Device(), Browser(ana).open("/settings/security/")
        words = {"name": "Ana's phone", "password": PASSWORD}
        question = ask(browser, "Add a passkey", **words).json()
        browser.press("Add a passkey", **words, credential=device.create(question))
        assert RecoveryCode.objects.filter(member=ana).count() == 10
        assert "Your recovery codes" in browser.text
        assert "Ana's phone" in browser.open("/settings/security/").text

        assert log_in(at_the_second_step(ana), device).path == "/discover/"
        assert Passkey.objects.get().last_used_at

        browser.press("Rename", name="A key ring", password="")
        assert Passkey.objects.get().name == "A key ring"
        browser.press("Remove it", name="", password="wrong")
        assert "This is not your password." in browser.text
        assert Passkey.objects.exists()
        browser.press("Remove it", name="", password=PASSWORD)
        assert not Passkey.objects.exists()
        assert not RecoveryCode.objects.exists()
        assert Browser().open("/accounts/login/").press("Log in", email=ana.email, password=PASSWORD).path == "/discover/"
        assert subjects() == ["You have a new passkey", "A passkey of yours was removed", "Your second factor is off"]

    def test_an_open_session_alone_adds_none(self, ana: Member) -> None:
        browser = Browser(ana).open("/settings/security/")
        answer = ask(browser, "Add a passkey", name="Mine", password="wrong")
        assert (answer.status_code, answer.json()["detail"]) == (403, "This is not your password.")
        assert ask(browser, "Add a passkey", name="", password=PASSWORD).status_code == 400
        browser.press("Add a passkey", status=400, name="Mine", password=PASSWORD, credential=Device().create(fresh_question(ana)))
        assert REFUSED in browser.text
        assert not Passkey.objects.exists()

    def test_the_app_stays_when_a_passkey_goes_and_the_passkey_when_the_app_goes(self, ana: Member) -> None:
        SecondFactorFactory(member=ana)
        codes = services.new_recovery_codes(ana)
        with_passkey(ana)
        assert services.factors(ana) == ["totp", "passkey", "recovery_code"]
        services.switch_off_totp(ana, app_code())
        assert services.factors(ana) == ["passkey", "recovery_code"]
        assert subjects()[-1] == "Your authenticator app is off"
        services.prove_second_factor(ana, codes[0])
        passkeys.remove(ana, Passkey.objects.get().pk)
        assert services.factors(ana) == []

    def test_there_is_an_end_to_how_many(self, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(passkeys, "MAX_PASSKEYS", 2)
        for _ in range(2):
            with_passkey(ana)
        with pytest.raises(passkeys.TooManyPasskeys):
            with_passkey(ana)

    def test_one_device_is_added_once_for_everybody(self, ana: Member, ben: Member) -> None:
        device = with_passkey(ana)
        with pytest.raises(passkeys.InvalidPasskey):
            with_passkey(ben, device)

    def test_what_is_somebody_else_s_is_not_there(self, ana: Member, cleo: Member) -> None:
        with_passkey(ana)
        browser, key = Browser(cleo).open("/settings/security/"), str(Passkey.objects.get().pk)
        token = browser.form_with("password")["csrfmiddlewaretoken"]
        for act in ({"do": "rename_passkey", "name": "mine"}, {"do": "remove_passkey", "password": PASSWORD}):
            browser.client.post("/settings/security/", {**act, "passkey": key, "csrfmiddlewaretoken": token})
        assert Passkey.objects.get().name == "Ana's phone"


def fresh_question(member: Member) -> dict[str, Any]:
    return passkeys.begin_adding(member, HERE)[0]


class TestWithoutAPassword:
    def test_a_device_that_makes_sure_who_holds_it_is_the_whole_way_in(self, ana: Member) -> None:
        device = with_passkey(ana)
        browser = log_in(Browser().open("/accounts/login/?next=/matches/"), device)
        assert browser.path == "/matches/"
        assert browser.answer.context["user"] == ana

    def test_one_that_does_not_is_a_second_step_only(self, ana: Member) -> None:
        device = with_passkey(ana, Device(verifies=False))
        assert log_in(Browser().open("/accounts/login/"), device).path == "/accounts/login/"
        assert log_in(at_the_second_step(ana), device).path == "/discover/"

    def test_a_suspended_member_stays_out(self, ana: Member) -> None:
        device = with_passkey(ana)
        Member.objects.filter(pk=ana.pk).update(suspended_at=ana.joined_at)
        browser = log_in(Browser().open("/accounts/login/"), device)
        assert browser.path == "/accounts/login/"
        assert "This account is suspended." in browser.text

    def test_a_device_tells_whose_passkey_it_is_and_has_to_be_right(self, ana: Member, ben: Member) -> None:
        device = with_passkey(ana)
        device.owner = ben.pk.bytes
        assert REFUSED in log_in(Browser().open("/accounts/login/"), device).text
        device.owner = ana.pk.bytes
        assert log_in(Browser().open("/accounts/login/"), device).path == "/discover/"

    def test_whoever_follows_in_a_browser_ends_the_session_before(self, ana: Member, ben: Member) -> None:
        devices = [with_passkey(ana), with_passkey(ana), with_passkey(ben)]
        browser = Client()
        for device in devices:
            question = browser.post("/accounts/passkey/options/").json()
            assert browser.post("/accounts/passkey/", {"credential": device.get(question)})["Location"] == "/discover/"
        row = Session.objects.get(ended_at=None)
        assert (row.member, str(row.pk)) == (ben, browser.session[sessions.BROWSER_KEY])
        assert Session.objects.filter(member=ana).count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_answer_lets_one_of_many_in(ana: Member) -> None:
    device = with_passkey(ana)
    device.counter = -1
    question, state = passkeys.begin_using(None, HERE)
    answer = device.get(question)
    outcomes = race(*[partial(passkeys.finish_using, None, HERE, state, answer)] * 6)
    assert outcomes.count(ana) == 1
    assert [type(outcome) for outcome in outcomes if outcome != ana] == [passkeys.InvalidPasskey] * 5


class TestWhatDoesNotFit:
    def test_an_answer_is_good_once_and_in_its_own_browser(self, ana: Member) -> None:
        device, browser = with_passkey(ana), at_the_second_step(ana)
        answer = device.get(ask(browser, "Log in with a passkey").json())
        other = at_the_second_step(ana)
        ask(other, "Log in with a passkey")
        assert REFUSED in other.press("Log in with a passkey", credential=answer).text
        assert browser.press("Log in with a passkey", credential=answer).path == "/discover/"
        assert at_the_second_step(ana).press("Log in with a passkey", credential=answer).path == "/accounts/login/code/"

    def test_it_waits_for_five_minutes(self, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        device, browser = with_passkey(ana), at_the_second_step(ana)
        answer = device.get(ask(browser, "Log in with a passkey").json())
        monkeypatch.setattr(passkey_pages, "PATIENCE_SECONDS", -1)
        assert REFUSED in browser.press("Log in with a passkey", credential=answer).text

    def test_somebody_else_s_passkey_is_not_this_member_s_second_factor(self, ana: Member, ben: Member) -> None:
        with_passkey(ana)
        assert log_in(at_the_second_step(ana), with_passkey(ben)).path == "/accounts/login/code/"

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "http://testserver.evil.example", "http://evil.testserver", "https://testserver"]
    )
    def test_an_answer_given_to_another_site_is_none(self, origin: str, ana: Member) -> None:
        device = with_passkey(ana)
        device.origin = origin
        assert log_in(at_the_second_step(ana), device).path == "/accounts/login/code/"

    def test_an_answer_for_another_host_is_none(self, ana: Member) -> None:
        device, (question, state) = with_passkey(ana), passkeys.begin_using(ana, HERE)
        question["publicKey"]["rpId"] = "elsewhere.example"
        with pytest.raises(passkeys.InvalidPasskey):
            passkeys.finish_using(ana, HERE, state, device.get(question))

    def test_a_copy_is_noticed_by_its_counter(self, ana: Member) -> None:
        device = with_passkey(ana)
        assert log_in(at_the_second_step(ana), device).path == "/discover/"
        device.counter -= 1
        assert log_in(at_the_second_step(ana), device).path == "/accounts/login/code/"

    def test_those_that_do_not_count_are_fine(self, ana: Member) -> None:
        device = with_passkey(ana)
        for _ in range(2):
            device.counter = -1
            assert log_in(at_the_second_step(ana), device).path == "/discover/"

    @pytest.mark.parametrize(
        "answer", ["x", "{}", "[]", "null", '{"rawId": "AA"}', '{"id": "a", "rawId": "a", "response": {}}', "9" * 5000]
    )
    def test_nonsense_is_refused_and_breaks_nothing(self, answer: str, ana: Member) -> None:
        device = with_passkey(ana)
        assert log_in(at_the_second_step(ana), device, credential=answer).path == "/accounts/login/code/"
        with pytest.raises(passkeys.InvalidPasskey):
            passkeys.finish_adding(ana, HERE, passkeys.begin_adding(ana, HERE)[1], answer, name="x")


class TestElsewhere:
    def test_the_api_tells_which_factors_there_are_and_takes_a_recovery_code(self, ana: Member, stranger: Any) -> None:
        def login(**more: str) -> Any:
            return stranger.post("/api/auth/login", {"email": ana.email, "password": PASSWORD, **more})

        with_passkey(ana)
        codes = services.new_recovery_codes(ana)
        assert refused(login(), 401, "otp_required")["factors"] == ["passkey", "recovery_code"]
        refused(login(otp="123456"), 401, "invalid_otp")
        assert login(otp=codes[0]).status_code == 200
        refused(login(otp=codes[0]), 401, "invalid_otp")

    def test_there_are_ten_tries_an_hour(self, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "LIMITS_ENABLED", True)
        with_passkey(ana)
        for _ in range(10):
            with pytest.raises(InvalidCode):
                services.prove_second_factor(ana, "wrong")
        with pytest.raises(TooMany):
            services.prove_second_factor(ana, "wrong")
        assert RULES["recovery_codes"].seconds == 3600

    def test_it_is_no_app(self, ana: Member) -> None:
        with_passkey(ana)
        assert api(ana).get("/api/auth/mfa/totp").json() == {"enabled": False, "recovery_codes_left": 10}
        refused(api(ana).delete("/api/auth/mfa/totp", {"password": PASSWORD, "code": "123456"}), 409, "second_factor_off")
        assert api(ana).post("/api/auth/mfa/recovery-codes", {"password": PASSWORD}).status_code == 200
        assert api(ana).post("/api/auth/mfa/totp").status_code == 200

    def test_staff_come_in_with_one_where_a_second_factor_is_demanded(self, sam: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "STAFF_SECOND_FACTOR", True)
        device = with_passkey(sam)
        browser = Browser().open("/admin/login/")
        token = browser.form_with("username")["csrfmiddlewaretoken"]
        browser.client.post("/admin/login/?next=/admin/", {"username": sam.email, "password": PASSWORD, "csrfmiddlewaretoken": token})
        browser.open("/accounts/login/code/")
        assert log_in(browser, device).path == "/admin/"

    def test_staff_take_all_of_it_off_for_who_has_lost_it(self, ana: Member) -> None:
        with_passkey(ana)
        services.forget(ana)
        assert services.factors(ana) == []
        assert subjects()[-1] == "Your second factor is off"
