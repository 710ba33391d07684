"""Signing up and proving an address, without telling anybody who is a member."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import codes, hashers, services
from accounts.codes import MAX_TRIES
from accounts.models import EmailCode, Member, Session
from accounts.tests.mails import code_in, last_code, write_mails, wrong
from ops import limits, outbox
from ops.models import Job, Mail
from tests.support import pointers, race, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOOR = {"email": "noor@example.org", "password": "a calm harbour 71", "name": "Noor Haddad", "birthdate": "1991-04-02"}


@pytest.fixture
def noor(stranger: Any) -> Member:
    """Somebody who signed up and has not proved the address."""
    assert stranger.post("/api/auth/register", NOOR).status_code == 201
    return Member.objects.get(email=NOOR["email"])


def years_ago(years: int, days: int = 0) -> str:
    today = timezone.now().date()
    return str(date(today.year - years, today.month, min(today.day, 28)) + timedelta(days=days))


class TestRegistering:
    def test_a_new_member_waits_for_the_code(self, stranger: Any) -> None:
        answer = stranger.post("/api/auth/register", NOOR)
        assert (answer.status_code, answer.json()) == (201, {"status": "verification_required", "email": "noor@example.org"})
        noor = Member.objects.get()
        assert (noor.is_verified, noor.is_staff, noor.profile.name, noor.birthdate) == (False, False, "Noor Haddad", date(1991, 4, 2))
        assert noor.password.startswith("argon2$argon2id$")
        assert "a calm harbour" not in noor.password
        assert EmailCode.objects.get().digest != code_in(Mail.objects.get())

    def test_the_answer_is_the_same_for_an_address_that_exists(self, stranger: Any, ana: Member) -> None:
        known = stranger.post("/api/auth/register", {**NOOR, "email": "Ana@Example.org", "name": "Eve"})
        assert (known.status_code, known.json()) == (201, {"status": "verification_required", "email": "ana@example.org"})
        assert Mail.objects.get().purpose == "known_address"
        assert Mail.objects.get().to == "ana@example.org"
        ana.refresh_from_db()
        assert ana.check_password("correct horse 42 battery")
        assert ana.profile.name == "Ana Ferreira"

    def test_registering_again_before_the_code_was_used_changes_nothing_and_mails_no_second(self, stranger: Any, noor: Member) -> None:
        assert stranger.post("/api/auth/register", {**NOOR, "password": "something else 88"}).status_code == 201
        assert Member.objects.get().check_password(NOOR["password"])
        assert Mail.objects.count() == 1

    def test_who_registers_an_unproven_address_later_and_proves_it_is_not_left_with_the_first_one_s_password(
        self, stranger: Any, noor: Member
    ) -> None:
        first = last_code()
        EmailCode.objects.update(created_at=timezone.now() - codes.PAUSE)
        hers = {**NOOR, "password": "quite another word 88", "name": "The real Noor", "birthdate": "1980-01-01"}
        assert stranger.post("/api/auth/register", hers).status_code == 201
        if first != last_code():
            refused(stranger.post("/api/auth/verify-email", {"email": NOOR["email"], "code": first}), 400, "invalid_code")
        answer = stranger.post("/api/auth/verify-email", {"email": NOOR["email"], "code": last_code()})
        assert answer.json()["member"]["name"] == "The real Noor"
        refused(stranger.post("/api/auth/login", {"email": NOOR["email"], "password": NOOR["password"]}), 401, "invalid_credentials")
        assert stranger.post("/api/auth/login", {"email": NOOR["email"], "password": hers["password"]}).status_code == 200
        assert Member.objects.get().birthdate == date(1980, 1, 1)

    def test_registering_anew_between_code_and_proof_lets_nobody_in(self, noor: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        redeem = codes.redeem

        def redeem_and_be_overtaken(*args: Any) -> None:
            redeem(*args)
            services.register(email=NOOR["email"], password="a stranger's word 5", name="Eve", birthdate=date(1990, 1, 1))

        monkeypatch.setattr(codes, "redeem", redeem_and_be_overtaken)
        with pytest.raises(codes.InvalidCode):
            services.verify_email(email=NOOR["email"], code=last_code())
        assert not Member.objects.get().is_verified

    def test_a_known_address_costs_as_many_hashes_as_a_new_one(self, stranger: Any, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        """What an answer takes must not tell whether there is an account."""
        counts, encode = [], hashers.Argon2.encode
        monkeypatch.setattr(hashers.Argon2, "encode", lambda *args: counts.append(1) or encode(*args))
        stranger.post("/api/auth/register", NOOR)
        new = len(counts)
        stranger.post("/api/auth/register", {**NOOR, "email": ana.email})
        assert (new, len(counts) - new) == (1, 1)

    def test_the_mail_is_a_row_of_the_same_transaction(self, monkeypatch: pytest.MonkeyPatch) -> None:
        values: dict[str, Any] = {**NOOR, "birthdate": date(1991, 4, 2)}
        with transaction.atomic():
            services.register(**values)
            transaction.set_rollback(True)
        assert (Member.objects.count(), Mail.objects.count(), Job.objects.count()) == (0, 0, 0)
        services.register(**values)
        assert (Member.objects.count(), Mail.objects.count()) == (1, 1)
        assert Job.objects.get().arguments == [str(Mail.objects.get().pk)]

    def test_without_its_mail_there_is_no_member(self, stranger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outbox, "post", lambda *args, **kwargs: 1 / 0)
        refused(stranger.post("/api/auth/register", NOOR), 500, "internal")
        assert not Member.objects.exists()

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"password": "short"}, {"/password": "weak_password"}),
            ({"password": "password123"}, {"/password": "weak_password"}),
            ({"password": "837465928374"}, {"/password": "weak_password"}),
            ({"password": "noor@example.org"}, {"/password": "weak_password"}),
            ({"password": "x" * 257}, {"/password": "max_length"}),
            ({"email": "noor"}, {"/email": "invalid"}),
            ({"email": f"{'n' * 250}@example.org"}, {"/email": "max_length"}),
            ({"name": "N"}, {"/name": "min_length"}),
            ({"name": "  N  "}, {"/name": "min_length"}),
            ({"name": "n" * 81}, {"/name": "max_length"}),
            ({"name": "ﷺ" * 10}, {"/name": "max_length"}),  # grows to 180 characters in its normal form
            ({"name": "\u200b\u200d \u200b"}, {"/name": "min_length"}),  # shows nothing
            ({"name": "\u202eN\u200b"}, {"/name": "min_length"}),
            ({"name": "a\x00b"}, {"/name": "null_characters_not_allowed"}),
            ({"name": None}, {"/name": "null"}),
            ({"birthdate": "tomorrow"}, {"/birthdate": "invalid"}),
            ({"birthdate": years_ago(18, days=2)}, {"/birthdate": "under_age"}),
            ({"birthdate": "1850-01-01"}, {"/birthdate": "under_age"}),
            ({"is_staff": True}, {"/is_staff": "unknown_field"}),
            ({"email": "noor", "x": 1}, {"/email": "invalid", "/x": "unknown_field"}),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_name(self, body: dict[str, Any], code: dict[str, str], stranger: Any) -> None:
        answer = stranger.post("/api/auth/register", {**NOOR, **body})
        assert pointers(answer) == code
        assert "calm harbour" not in answer.content.decode()
        assert not Member.objects.exists()

    def test_a_name_may_be_in_any_script_and_is_tidied(self, stranger: Any) -> None:
        stranger.post("/api/auth/register", {**NOOR, "name": "  Ελένη \u3000 佐藤 "})
        assert Member.objects.get().profile.name == "Ελένη 佐藤"

    def test_somebody_who_turns_18_today_is_welcome(self, stranger: Any) -> None:
        today = timezone.now().date()
        if (today.month, today.day) == (2, 29):
            pytest.skip("18 years ago there was no such day")
        assert stranger.post("/api/auth/register", {**NOOR, "birthdate": str(today.replace(year=today.year - 18))}).status_code == 201


class TestVerifying:
    def verify(self, stranger: Any, code: str, email: str = NOOR["email"]) -> Any:
        return stranger.post("/api/auth/verify-email", {"email": email, "code": code})

    def test_the_code_signs_in(self, stranger: Any, noor: Member) -> None:
        answer = self.verify(stranger, last_code(), "NOOR@example.org")
        body = answer.json()
        assert answer.status_code == 200
        assert set(body) == {"access", "refresh", "token_type", "expires_in", "member"}
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
        assert body["member"] == {"id": str(noor.pk), "name": "Noor Haddad", "email": "noor@example.org"}
        stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
        assert stranger.get("/api/me").json()["email"] == "noor@example.org"

    def test_a_code_works_once(self, stranger: Any, noor: Member) -> None:
        code = last_code()
        self.verify(stranger, code)
        refused(self.verify(stranger, code), 400, "invalid_code")

    def test_a_wrong_code_is_refused_five_times_and_then_the_right_one_too(self, stranger: Any, noor: Member) -> None:
        code = last_code()
        for _ in range(MAX_TRIES):
            refused(self.verify(stranger, wrong(code)), 400, "invalid_code")
        refused(self.verify(stranger, code), 400, "invalid_code")
        assert not Session.objects.exists()

    def test_the_fifth_try_may_still_be_right(self, stranger: Any, noor: Member) -> None:
        code = last_code()
        for _ in range(MAX_TRIES - 1):
            self.verify(stranger, wrong(code))
        assert self.verify(stranger, code).status_code == 200

    def test_a_code_lives_for_ten_minutes(self, stranger: Any, noor: Member) -> None:
        remaining = EmailCode.objects.get().expires_at - timezone.now()
        assert timedelta(minutes=9, seconds=50) < remaining <= timedelta(minutes=10)
        EmailCode.objects.update(expires_at=timezone.now())
        refused(self.verify(stranger, last_code()), 400, "invalid_code")

    def test_an_address_nobody_has_and_one_that_is_verified_are_answered_alike(self, stranger: Any, ana: Member) -> None:
        answers = [refused(self.verify(stranger, "123456", email), 400, "invalid_code") for email in ("nobody@example.org", ana.email)]
        assert {**answers[0], "request_id": ""} == {**answers[1], "request_id": ""}

    def test_somebody_else_s_code_does_not_work(self, stranger: Any, noor: Member) -> None:
        code = last_code()
        stranger.post("/api/auth/register", {**NOOR, "email": "omar@example.org"})
        refused(self.verify(stranger, wrong(wrong(last_code())) if code == last_code() else code, "omar@example.org"), 400, "invalid_code")

    @pytest.mark.parametrize("code", ["", "12345678901", None, ["1"], {"a": 1}])
    def test_what_is_no_code_is_refused(self, code: Any, stranger: Any, noor: Member) -> None:
        assert set(pointers(self.verify(stranger, code))) == {"/code"}

    @pytest.mark.parametrize("code", ["１２３４５６", "abcdef", "🦊", " "])
    def test_what_looks_like_no_code_is_wrong_not_broken(self, code: str, stranger: Any, noor: Member) -> None:
        assert self.verify(stranger, code).status_code == 400


class TestResending:
    def resend(self, stranger: Any, email: str = NOOR["email"]) -> None:
        answer = stranger.post("/api/auth/verify-email/resend", {"email": email})
        assert (answer.status_code, answer.json()) == (202, {"status": "verification_required", "email": email})

    def test_one_mail_a_minute(self, stranger: Any, noor: Member) -> None:
        self.resend(stranger)
        assert Mail.objects.count() == 1
        EmailCode.objects.update(created_at=timezone.now() - timedelta(seconds=61), tries=5)
        first = last_code()
        self.resend(stranger)
        assert Mail.objects.count() == 2
        refused(stranger.post("/api/auth/verify-email", {"email": NOOR["email"], "code": wrong(last_code())}), 400, "invalid_code")
        if first != last_code():
            refused(stranger.post("/api/auth/verify-email", {"email": NOOR["email"], "code": first}), 400, "invalid_code")
        assert stranger.post("/api/auth/verify-email", {"email": NOOR["email"], "code": last_code()}).status_code == 200

    def test_twenty_mails_a_day(self, stranger: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.LIMITS_ENABLED = True
        monkeypatch.setitem(limits.RULES, "codes", limits.Rule(100, 60))
        stranger.post("/api/auth/register", NOOR)
        for _ in range(25):
            EmailCode.objects.update(created_at=timezone.now() - codes.PAUSE)
            self.resend(stranger)
            write_mails()
        assert Mail.objects.count() == 20

    def test_nobody_learns_who_is_a_member(self, stranger: Any, ana: Member) -> None:
        self.resend(stranger, "nobody@example.org")
        self.resend(stranger, "ana@example.org")
        assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestAtTheSameInstant:
    def test_two_who_register_one_address_make_one_member(self) -> None:
        register: Callable[[], None] = partial(
            services.register, email="noor@example.org", password="a calm harbour 71", name="Noor", birthdate=date(1991, 4, 2)
        )
        assert race(*[register] * 4) == [None] * 4
        assert (Member.objects.count(), EmailCode.objects.count()) == (1, 1)

    def test_a_code_lets_one_of_many_through(self, stranger: Any) -> None:
        services.register(email="noor@example.org", password="a calm harbour 71", name="Noor", birthdate=date(1991, 4, 2))
        outcomes = race(*[partial(services.verify_email, email="noor@example.org", code=last_code())] * 4)
        assert sum(isinstance(outcome, Member) for outcome in outcomes) == 1
