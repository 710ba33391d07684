"""Mail is a row first: sent by a job, once, with a Message-ID that never changes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail as post_office
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from ops import jobs, outbox
from ops.context import serving
from ops.drilling import raised
from ops.drills.post import PostOffice
from ops.models import Job, Mail
from tests.factories import MailFactory
from tests.support import race

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def broken_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(message: Any) -> None:
        raise SMTPServerDisconnected("connection lost by mail.internal")

    monkeypatch.setattr(EmailMultiAlternatives, "send", refuse)


def posted(**context: Any) -> Mail:
    return outbox.post("verify", to="ana@example.org", context={"code": "123456", **context})


class TestPosting:
    def test_a_mail_is_rendered_into_its_row(self, settings: Any) -> None:
        settings.PUBLIC_URL = "https://alliv.test"
        with serving("r-1"):
            mail = posted()
        assert (mail.purpose, mail.to, mail.status, mail.request_id) == ("verify", "ana@example.org", "waiting", "r-1")
        assert mail.subject == "Your Alliv code"
        assert mail.text.startswith("Welcome to Alliv.")
        assert "123456" in mail.text
        assert "<strong>123456</strong>" in mail.html
        assert mail.message_id.endswith("@mail.alliv.test>")

    def test_html_is_escaped_and_text_is_not(self) -> None:
        mail = posted(code="<b>&")
        assert "<b>&" in mail.text
        assert "&lt;b&gt;&amp;" in mail.html

    @pytest.mark.parametrize("purpose", ["verify", "known_address", "reset", "new_sign_in", "report_outcome", "export_ready", "match"])
    def test_every_template_has_a_subject_and_both_forms(self, purpose: str) -> None:
        mail = outbox.post(purpose, to="ana@example.org", context={"code": "123456"})
        assert mail.subject
        assert "\n" not in mail.subject
        assert mail.text.strip()
        assert "<html" in mail.html

    def test_its_job_carries_only_its_id(self) -> None:
        mail = posted()
        job = Job.objects.get()
        assert (job.task, job.arguments, job.queue) == ("ops.outbox.send", [str(mail.pk)], "emails")

    def test_without_its_cause_there_is_no_mail(self) -> None:
        with transaction.atomic():
            posted()
            transaction.set_rollback(True)
        assert (Mail.objects.count(), Job.objects.count()) == (0, 0)


class TestSending:
    def test_a_mail_leaves_once(self) -> None:
        mail = posted()
        jobs.run_due()
        outbox.send(str(mail.pk))
        [sent] = post_office.outbox
        assert (sent.to, sent.subject) == (["ana@example.org"], "Your Alliv code")
        assert sent.message()["Message-ID"] == mail.message_id
        assert [kind for _, kind in sent.alternatives] == ["text/html"]

    def test_what_was_sent_is_not_kept(self) -> None:
        posted()
        jobs.run_due()
        mail = Mail.objects.get()
        assert (mail.status, mail.attempts, mail.text, mail.html, mail.error) == ("sent", 1, "", "", "")
        assert mail.sent_at is not None

    def test_a_mail_without_html_is_text_alone(self) -> None:
        outbox.send(str(MailFactory(html="").pk))
        assert post_office.outbox[0].alternatives == []

    def test_when_the_server_is_gone_it_waits_with_the_same_message_id(self, broken_server: None) -> None:
        mail = posted()
        jobs.run_due()
        kept, job = Mail.objects.get(), Job.objects.get()
        assert (kept.status, kept.attempts, kept.message_id, kept.text) == ("waiting", 1, mail.message_id, mail.text)
        assert (job.status, job.attempts) == ("waiting", 1)

    def test_one_that_somebody_is_sending_is_left_to_them_and_asked_for_again(self) -> None:
        mail = posted()
        assert outbox.claim(str(mail.pk))
        assert outbox.send_pending() == 0
        jobs.run_due()
        assert (post_office.outbox, Job.objects.get().status) == ([], "waiting")
        Mail.objects.update(leased_until=timezone.now())  # they were killed
        Job.objects.update(due_at=timezone.now())
        jobs.run_due()
        assert len(post_office.outbox) == 1

    def test_its_lease_ends_before_its_jobs_does(self, settings: Any) -> None:
        assert outbox.LEASE.total_seconds() < settings.JOB_LEASE_SECONDS

    def test_a_mail_nobody_has_any_more_is_no_failure(self) -> None:
        outbox.send("01941f29-7f60-7a0a-8a00-0a0a0a0a0a01")


class TestGivingUp:
    def refuse(self, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
        def refused(message: Any) -> Any:
            raise SMTPRecipientsRefused({message.to[0]: (code, b"no")})

        monkeypatch.setattr(EmailMultiAlternatives, "send", refused)

    def test_an_address_that_nobody_has_is_given_up_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuse(monkeypatch, 550)
        posted()
        jobs.run_due()
        mail = Mail.objects.get()
        assert (mail.status, mail.error) == ("dead", "SMTPRecipientsRefused")
        assert not Job.objects.exists()

    def test_one_that_is_full_for_now_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuse(monkeypatch, 452)
        posted()
        jobs.run_due()
        assert (Mail.objects.get().status, Job.objects.get().status) == ("waiting", "waiting")

    def test_a_server_that_is_gone_for_days_is_waited_for_no_longer(self, broken_server: None) -> None:
        old, young = MailFactory(created_at=timezone.now() - timedelta(days=3)), MailFactory()
        assert outbox.send_pending() == 0
        assert {mail.pk: mail.status for mail in Mail.objects.all()} == {old.pk: "dead", young.pk: "waiting"}


class TestHandingOver:
    """What became of a mail of which the server has every byte, and nobody has heard its answer?"""

    @pytest.fixture
    def server(self, settings: Any) -> Iterator[PostOffice]:
        office = PostOffice()
        office.open()
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "ops.smtp.TellingBackend", "127.0.0.1", office.port
        yield office
        office.close()

    def tried(self, mail: Mail, times: int) -> list[str]:
        return [raised(partial(outbox.send, str(mail.pk))) for _ in range(times)]

    def test_it_is_taken(self, server: PostOffice) -> None:
        mail = posted()
        assert outbox.send(str(mail.pk))
        assert server.taken == {mail.message_id: 1}

    def test_it_arrives_twice_at_most(self, server: PostOffice) -> None:
        mail, server.answer = posted(), b""
        assert self.tried(mail, 3) == ["NotYet", "NotYet", "nothing"]
        kept = Mail.objects.get()
        assert (server.taken, kept.status, kept.error) == ({mail.message_id: 2}, "dead", "Unanswered")

    def test_what_was_refused_has_not_arrived(self, server: PostOffice) -> None:
        mail, server.answer = posted(), b"451 later"
        assert self.tried(mail, 4) == ["NotYet"] * 4
        assert (Mail.objects.get().handed_over, Mail.objects.get().error) == (0, "SMTPDataError")

    def test_a_server_that_is_away_has_nothing(self, server: PostOffice) -> None:
        server.close()
        assert self.tried(posted(), 4) == ["NotYet"] * 4
        assert (Mail.objects.get().handed_over, Mail.objects.get().status) == (0, "waiting")


class TestSweeping:
    def sweep(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, int]:
        call_command("send_pending_mail", "--json", *arguments)
        counts: dict[str, int] = json.loads(capsys.readouterr().out)
        return counts

    def test_what_a_lost_job_left_is_sent(self, capsys: pytest.CaptureFixture[str]) -> None:
        MailFactory.create_batch(2)
        MailFactory(status="sent")
        assert self.sweep(capsys) == {"waiting": 2, "sent": 2}
        assert len(post_office.outbox) == 2
        assert self.sweep(capsys) == {"waiting": 0, "sent": 0}

    def test_a_dry_run_only_counts(self, capsys: pytest.CaptureFixture[str]) -> None:
        MailFactory()
        assert self.sweep(capsys, "--dry-run") == {"waiting": 1, "sent": 0}
        assert post_office.outbox == []

    def test_all_is_well_in_silence(self, capsys: pytest.CaptureFixture[str]) -> None:
        MailFactory()
        call_command("send_pending_mail")
        assert capsys.readouterr() == ("", "")

    def test_a_failure_is_told_by_the_exit_code(self, broken_server: None, capsys: pytest.CaptureFixture[str]) -> None:
        MailFactory.create_batch(2)
        with pytest.raises(SystemExit) as ended:
            call_command("send_pending_mail")
        assert ended.value.code == 3
        assert "2 of 2 mails" in capsys.readouterr().err
        assert set(Mail.objects.values_list("status", "error")) == {("waiting", "SMTPServerDisconnected")}

    def test_one_that_cannot_be_sent_does_not_hold_up_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bad, good = MailFactory(), MailFactory()
        send = EmailMultiAlternatives.send

        def choosy(message: Any) -> Any:
            if message.extra_headers["Message-ID"] == bad.message_id:
                raise ValueError("no such character set")
            return send(message)

        monkeypatch.setattr(EmailMultiAlternatives, "send", choosy)
        assert outbox.send_pending() == 1
        assert {mail.pk: mail.status for mail in Mail.objects.all()} == {bad.pk: "waiting", good.pk: "sent"}


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_sends_it() -> None:
    mail = MailFactory()
    outcomes = race(*[partial(outbox.send, str(mail.pk))] * 6)
    assert outcomes.count(True) == 1
    assert len(post_office.outbox) == 1


class TestStaff:
    @pytest.fixture
    def staff(self, client: Client, sam: Member) -> Client:
        client.force_login(sam)
        return client

    def again(self, staff: Client, *mails: Mail) -> None:
        data = {"action": "send_again", "_selected_action": [str(mail.pk) for mail in mails]}
        assert staff.post("/admin/ops/mail/", data).status_code == 302

    def test_a_dead_letter_can_be_sent_again(self, staff: Client) -> None:
        self.again(staff, MailFactory(status="dead"))
        jobs.run_due()
        assert [mail.subject for mail in post_office.outbox] == ["Your Alliv code"]

    def test_what_was_sent_is_not_sent_again_without_its_text(self, staff: Client) -> None:
        self.again(staff, MailFactory(status="sent", text="", html=""))
        jobs.run_due()
        assert post_office.outbox == []

    def test_nobody_reads_the_code(self, staff: Client) -> None:
        mail = MailFactory()
        for path in ("/admin/ops/mail/", f"/admin/ops/mail/{mail.pk}/change/"):
            assert b"123456" not in staff.get(path).content
        assert staff.get("/admin/ops/mail/add/").status_code == 403
