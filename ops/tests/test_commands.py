"""Commands as cron and operators run them: what they do, print and exit with."""

import json
import os
import socket
import string
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session as BrowserSession
from django.core import mail as mailbox
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db.models import Model
from django.utils import timezone

from accounts.models import Member
from ops.management.commands import serve
from ops.models import Mail
from tests.factories import EmailCodeFactory, MailFactory, PopulationChangeFactory, RefreshTokenFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]


class Refusing(EmailBackend):
    """A mail server that does not want Ben's."""

    def send_messages(self, messages: Any) -> int:
        if "ben@example.org" in messages[0].to:
            raise ConnectionRefusedError
        return super().send_messages(messages)


# --- send_pending_mail ---


@pytest.mark.django_db
class TestSendPendingMail:
    def test_what_a_lost_job_left_is_sent_in_silence(self, capsys: Any) -> None:
        MailFactory.create_batch(2)
        MailFactory(status=Mail.Status.SENT)
        MailFactory(status=Mail.Status.DEAD)
        call_command("send_pending_mail")
        assert len(mailbox.outbox) == 2
        assert Mail.objects.filter(status=Mail.Status.SENT).count() == 3
        assert capsys.readouterr() == ("", "")
        call_command("send_pending_mail")
        assert len(mailbox.outbox) == 2

    def test_the_rest_is_sent_when_one_is_refused_and_the_exit_says_partly(self, settings: Any, capsys: Any) -> None:
        settings.EMAIL_BACKEND = f"{__name__}.Refusing"
        for name in ("ana", "ben", "cleo"):
            MailFactory(to=f"{name}@example.org")
        with pytest.raises(SystemExit) as ended:
            call_command("send_pending_mail", "--json")
        assert ended.value.code == 3
        assert [message.to for message in mailbox.outbox] == [["ana@example.org"], ["cleo@example.org"]]
        out, err = capsys.readouterr()
        assert json.loads(out) == {"waiting": 3, "sent": 2}
        assert err.endswith("1 of 3 mails could not be sent; they wait for the next run.\n")
        left = Mail.objects.get(status=Mail.Status.WAITING)
        assert (left.to, left.attempts, left.error) == ("ben@example.org", 1, "ConnectionRefusedError")
        assert "code" in left.text


# --- housekeeping ---


def ago(**words: float) -> datetime:
    return timezone.now() - timedelta(**words)


def soon() -> datetime:
    return timezone.now() + timedelta(minutes=1)


CHORES: dict[str, tuple[Callable[[], Model], Callable[[], Model]]] = {
    "codes": (lambda: EmailCodeFactory(expires_at=ago(seconds=1)), lambda: EmailCodeFactory(expires_at=soon())),
    "refresh_tokens": (lambda: RefreshTokenFactory(expires_at=ago(seconds=1)), lambda: RefreshTokenFactory(used_at=ago(days=1))),
    "sessions": (lambda: SessionFactory(ended_at=ago(days=31)), lambda: SessionFactory(ended_at=ago(days=29))),
    "mails": (
        lambda: MailFactory(status="sent", sent_at=ago(days=31)),
        lambda: MailFactory(status="waiting", created_at=ago(days=90)),
    ),
    "population_changes": (
        lambda: PopulationChangeFactory(created_at=ago(days=1, seconds=1)),
        lambda: PopulationChangeFactory(created_at=ago(hours=23)),
    ),
    "tickets": (lambda: TicketFactory(expires_at=ago(seconds=1)), lambda: TicketFactory(expires_at=soon())),
}


def housekeeping(*words: str, capsys: Any) -> dict[str, int]:
    call_command("housekeeping", "--json", *words)
    counts: dict[str, int] = json.loads(capsys.readouterr().out)
    return counts


@pytest.mark.django_db
class TestHousekeeping:
    @pytest.mark.parametrize("name", CHORES)
    def test_what_has_had_its_day_goes_and_nothing_else(self, name: str, capsys: Any) -> None:
        due, kept = (make() for make in CHORES[name])
        everybody = set(Member.objects.values_list("pk", flat=True))
        assert housekeeping("--dry-run", capsys=capsys)[name] == 1
        assert type(due)._default_manager.filter(pk__in=[due.pk, kept.pk]).count() == 2
        counts = housekeeping(capsys=capsys)
        assert {chore: count for chore, count in counts.items() if count} == {name: 1}
        assert list(type(due)._default_manager.filter(pk__in=[due.pk, kept.pk])) == [kept]
        assert set(Member.objects.values_list("pk", flat=True)) == everybody

    def test_more_than_a_batch_goes_too(self, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ops.housekeeping.BATCH", 2)
        MailFactory.create_batch(5, status="sent", sent_at=ago(days=40))
        assert housekeeping(capsys=capsys)["mails"] == 5
        assert not Mail.objects.exists()

    def test_browser_sessions_that_ran_out_go(self) -> None:
        for key, expires in (("old", ago(days=1)), ("new", soon())):
            BrowserSession.objects.create(session_key=key, session_data=SessionStore().encode({}), expire_date=expires)
        call_command("housekeeping")
        assert list(BrowserSession.objects.values_list("session_key", flat=True)) == ["new"]

    def test_it_is_silent_when_all_is_well(self, capsys: Any) -> None:
        call_command("housekeeping")
        assert capsys.readouterr() == ("", "")


# --- start ---


class TestStart:
    """What `make run` does, with the commands it calls noted instead of run."""

    @pytest.fixture
    def called(self, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> list[str]:
        settings.VAR_DIR = tmp_path
        names: list[str] = []
        monkeypatch.setattr("ops.management.commands.start.call_command", lambda name, **options: names.append(name))
        monkeypatch.setattr("ops.management.commands.start.COMPILE", [sys.executable, "-c", ""])
        return names

    def test_the_first_start_prepares_everything_and_the_next_serves_at_once(self, called: list[str], capsys: Any) -> None:
        call_command("start")
        call_command("start")
        assert called == ["migrate", "seed_demo", "serve", "migrate", "serve"]
        assert capsys.readouterr().err.count("ana@demo.alliv.test") == 2

    def test_a_first_start_that_was_interrupted_goes_on(self, called: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(name: str, **options: Any) -> None:
            called.append(name)
            if name == "seed_demo":
                raise KeyboardInterrupt

        with monkeypatch.context() as once:
            once.setattr("ops.management.commands.start.call_command", interrupted)
            with pytest.raises(KeyboardInterrupt):
                call_command("start")
        call_command("start")
        assert called == ["migrate", "seed_demo", "migrate", "seed_demo", "serve"]


# --- serve and seed_demo, as processes ---


def manage(*words: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in the embedded default with its own folder; what `more` names comes on top."""
    kept = {name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL"}}
    env = {**kept, "VAR_DIR": str(folder), "DEBUG": "1", **more}
    return subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.slow
class TestServe:
    def test_several_workers_need_redis(self, tmp_path: Path) -> None:
        ended = manage("serve", "--workers", "2", folder=tmp_path)
        assert (ended.returncode, ended.stdout) == (4, "")
        assert ended.stderr.strip().splitlines()[-1] == "CommandError: Several workers need Redis to hear of one another: set REDIS_URL."

    def test_a_taken_port_is_said_in_a_sentence(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            ended = manage("serve", "--port", str(port), folder=tmp_path)
        assert ended.returncode == 4
        assert (
            f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another with --port (of make run: PORT=8001)."
            in ended.stderr
        )
        assert "Traceback" not in ended.stderr

    def test_those_that_start_at_once_gather_static_files_in_turns(self, settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
        """As after a new version is installed: one would move files away that the other has just written."""
        settings.VAR_DIR, inside, most = tmp_path, [], []

        def gather(*args: Any, **options: Any) -> None:
            inside.append(args)
            most.append(len(inside))
            time.sleep(0.05)
            inside.pop()

        monkeypatch.setattr(serve, "call_command", gather)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: serve.collect_static_files(), range(4)))
        assert most == [1, 1, 1, 1]

    def test_demo_members_stay_out_of_production(self, tmp_path: Path) -> None:
        production = {
            "ALLIV_MODE": "production", "DEBUG": "0", "SECRET_KEY": string.ascii_letters + string.digits, "ALLOWED_HOSTS": "alliv.test", "LIMITS_ENABLED": "1",
            "REDIS_URL": "redis://127.0.0.1:1/0", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        }  # fmt: skip
        ended = manage("seed_demo", "--members", "5", folder=tmp_path, **production)
        assert ended.returncode == 4
        assert "not in production mode" in ended.stderr
