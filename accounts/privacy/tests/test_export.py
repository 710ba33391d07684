"""A member takes everything along: asked for, made by a job, fetched by a link that serves nobody else."""

import io
import json
import zipfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import Member, Session
from accounts.privacy import services
from accounts.privacy.models import Export
from accounts.privacy.registry import tables
from media.tests.pictures import photo
from ops import jobs
from ops.models import Job, Mail
from tests.browser import Browser
from tests.factories import MatchFactory, MessageFactory, RoomFactory, SecondFactorFactory, SwipeFactory
from tests.support import Api, api, race, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def ready(client: Api) -> str:
    """The address of a finished export."""
    assert client.post("/api/me/export").json() == {"status": "processing"}
    jobs.run_due()
    return str(client.get("/api/me/export").json()["url"])


def unpacked(answer: Any) -> zipfile.ZipFile:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def data_in(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unpacked(answer).read("data.json"))
    return found


class TestAsking:
    def test_a_job_makes_it_and_a_mail_tells(self, ana: Member) -> None:
        client = api(ana)
        refused(client.get("/api/me/export"), 404, "not_found")
        answer = client.post("/api/me/export")
        assert (answer.status_code, answer.json()) == (202, {"status": "processing"})
        assert client.get("/api/me/export").json() == {"status": "processing", "url": None, "expires_at": None}
        assert Job.objects.get().arguments == [str(Export.objects.get().pk)]
        jobs.run_due()
        told = client.get("/api/me/export").json()
        assert (told["status"], told["url"].startswith("http://testserver/exports/")) == ("ready", True)
        assert [(mail.to, mail.purpose) for mail in Mail.objects.all()] == [(ana.email, "export_ready")]

    def test_asking_twice_makes_one(self, ana: Member) -> None:
        client = api(ana)
        for _ in range(2):
            assert client.post("/api/me/export").status_code == 202
        assert Job.objects.count() == 1

    def test_a_new_one_replaces_the_old_and_its_file(self, ana: Member, committed: Any) -> None:
        client = api(ana)
        old = ready(client)
        with committed():
            ready(client)
        refused_page(Client().get(old))
        assert len(default_storage.listdir("exports")[1]) == 1

    def test_one_whose_job_died_is_begun_anew(self, ana: Member) -> None:
        client = api(ana)
        client.post("/api/me/export")
        Job.objects.all().delete()
        Export.objects.update(created_at=timezone.now() - services.GIVEN_UP)
        assert ready(client)

    def test_a_job_that_runs_twice_makes_one(self, ana: Member) -> None:
        export = services.request_export(ana)
        for _ in range(2):
            services.make_export(str(export.pk))
        assert len(default_storage.listdir("exports")[1]) == 1
        assert Mail.objects.count() == 1

    def test_a_stranger_has_none(self, stranger: Any) -> None:
        refused(stranger.post("/api/me/export"), 401, "not_authenticated")
        refused(stranger.get("/api/me/export"), 401, "not_authenticated")


class TestWhatIsInside:
    def test_the_member_s_rows_of_every_floor_and_nobody_else_s(self, ana: Member, ben: Member, cleo: Member) -> None:
        match = MatchFactory(member_a=ana, member_b=ben)
        RoomFactory(match=match)
        MessageFactory(room_id=match.pk, sender_id=ana.pk, body="Hello from Ana")
        MessageFactory(room_id=match.pk, sender_id=ben.pk, body="Hello from Ben")
        SwipeFactory(actor=ana, target=cleo, note="A note from Ana")
        SwipeFactory(actor=cleo, target=ana, note="A note from Cleo")
        SecondFactorFactory(member=ana)
        found = data_in(Client().get(ready(api(ana))))
        rows = found["tables"]
        assert found["member"] == str(ana.pk)
        assert rows["accounts.member"][0]["email"] == "ana@example.org"
        assert rows["accounts.profile"][0]["skills"] == ["Python", "Django", "PostgreSQL"]
        assert [row["body"] for row in rows["chat.message"]] == ["Hello from Ana"]
        assert [row["note"] for row in rows["matching.swipe"]] == ["A note from Ana"]
        assert [row["id"] for row in rows["matching.match"]] == [str(match.pk)]
        assert set(rows) == {table.name for table in tables}
        text = json.dumps(found)
        assert not any(
            word in text
            for word in ("ben@example.org", "cleo@example.org", "from Ben", "from Cleo", ana.password, ana.second_factor.secret)
        )

    def test_photos_as_they_are_kept(self, ana: Member) -> None:
        client = api(ana)
        sent = client.post("/api/photos", {"file": io.BytesIO(photo())}, format="multipart").json()
        archive = unpacked(Client().get(ready(client)))
        assert sorted(archive.namelist()) == ["README.txt", "data.json", f"photos/{sent['id']}.webp"]
        assert archive.read(f"photos/{sent['id']}.webp")[8:12] == b"WEBP"

    def test_a_file_that_is_gone_does_not_stop_it(self, ana: Member, settings: Any) -> None:
        client = api(ana)
        client.post("/api/photos", {"file": io.BytesIO(photo())}, format="multipart")
        for path in Path(settings.MEDIA_ROOT).rglob("*.webp"):
            path.unlink()
        assert "data.json" in unpacked(Client().get(ready(client))).namelist()

    def test_it_says_what_is_left_out_and_why(self, ana: Member) -> None:
        text = unpacked(Client().get(ready(api(ana)))).read("README.txt").decode()
        assert "accounts.member.password: a secret" in text
        assert "accounts.block.blocked: who blocked you is told to nobody" in text


def refused_page(answer: Any) -> None:
    assert answer.status_code == 404


class TestTheLink:
    def test_it_needs_no_header_and_is_not_kept_by_anybody(self, ana: Member) -> None:
        answer = Client().get(ready(api(ana)))
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Disposition"].startswith('attachment; filename="alliv-')
        assert unpacked(answer).testzip() is None

    def test_another_member_is_not_served(self, ana: Member, ben: Member) -> None:
        url = ready(api(ana))
        browser = Client()
        browser.force_login(ben)
        refused_page(browser.get(url))
        refused_page(api(ben).get(url))
        refused_page(Client().get(url, headers={"Authorization": "Bearer nonsense"}))
        assert unpacked(api(ana).get(url)).namelist()

    def test_a_session_of_somebody_else_opens_nothing(self, ana: Member, ben: Member) -> None:
        ready(api(ana))
        link = services.link_for(Export.objects.get(), api(ben).session_row)
        assert link
        refused_page(Client().get(link.path))

    def test_it_dies_with_the_session_it_was_made_for(self, ana: Member) -> None:
        client = api(ana)
        url = ready(client)
        sessions.end(Session.objects.filter(pk=client.session_row.pk), ana.pk)
        refused_page(Client().get(url))

    def test_an_hour_later_it_is_old(self, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
        url = ready(api(ana))
        monkeypatch.setattr(services, "LINK_SECONDS", -1)
        refused_page(Client().get(url))

    def test_a_week_later_there_is_nothing(self, ana: Member) -> None:
        client = api(ana)
        url = ready(client)
        Export.objects.update(expires_at=timezone.now())
        refused_page(Client().get(url))
        refused(client.get("/api/me/export"), 404, "not_found")

    def test_a_changed_letter_opens_nothing(self, ana: Member) -> None:
        url = ready(api(ana))
        refused_page(Client().get(url.replace(".zip", "x.zip")))

    def test_a_suspended_member_is_not_served(self, ana: Member) -> None:
        url = ready(api(ana))
        Member.objects.update(suspended_at=timezone.now())
        refused_page(Client().get(url))


def test_housekeeping_removes_what_has_had_its_week(ana: Member, ben: Member, committed: Any) -> None:
    for member in (ana, ben):
        ready(api(member))
    Export.objects.filter(member=ana).update(expires_at=timezone.now() - timedelta(seconds=1))
    with committed():
        call_command("housekeeping")
    assert [export.member for export in Export.objects.all()] == [ben]
    assert len(default_storage.listdir("exports")[1]) == 1


def test_from_the_settings_page(ana: Member) -> None:
    browser = Browser(ana).open("/settings/account/").press("Ask for my data")
    assert "It is being made" in browser.text
    jobs.run_due()
    browser.open("/settings/account/")
    assert "Take it along" in browser.text


@pytest.mark.django_db(transaction=True)
def test_a_member_who_leaves_meanwhile_leaves_no_file(ana: Member) -> None:
    export = services.request_export(ana)
    Export.objects.filter(pk=export.pk).delete()
    services.make_export(str(export.pk))
    assert not default_storage.exists("exports") or default_storage.listdir("exports")[1] == []


@pytest.mark.django_db(transaction=True)
def test_two_that_ask_at_once_make_one(ana: Member) -> None:
    race(*[partial(services.request_export, ana)] * 3)
    assert (Export.objects.count(), Job.objects.count()) == (1, 1)


def test_an_id_of_nobody_is_no_export(db: None) -> None:
    services.make_export(str(uuid4()))
    assert not Export.objects.exists()
