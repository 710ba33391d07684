"""A POST that is sent again is not done again."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Block, Member
from media.models import Photo
from media.tests.pictures import BLUE, RED, file_of, photo, plain
from ops.models import IdempotencyKey, Mail
from tests.support import refused

pytestmark = pytest.mark.integration
ClientOf = Callable[[Member], APIClient]


def like(client: APIClient, target: Member, key: str, action: str = "like") -> "object":
    return client.post("/api/swipes", {"target": str(target.pk), "action": action}, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_get_the_first_answer(ana: Member, ben: Member, client_of: ClientOf) -> None:
    client = client_of(ana)
    first, again = like(client, ben, "k1"), like(client, ben, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first


def test_another_body_is_refused(ana: Member, ben: Member, client_of: ClientOf) -> None:
    like(client_of(ana), ben, "k1")
    refused(like(client_of(ana), ben, "k1", action="pass"), 422, "idempotency_key_reused")


def test_a_key_belongs_to_its_member(ana: Member, ben: Member, cleo: Member, client_of: ClientOf) -> None:
    assert like(client_of(ana), cleo, "k1").status_code == 201
    assert "Idempotent-Replayed" not in like(client_of(ben), cleo, "k1")


def test_while_the_first_is_at_work_the_second_waits(ana: Member, ben: Member, client_of: ClientOf) -> None:
    like(client_of(ana), ben, "k1")
    IdempotencyKey.objects.update(status=None)
    assert like(client_of(ana), ben, "k1").status_code == 409


def test_a_key_is_forgotten_after_a_day(ana: Member, ben: Member, client_of: ClientOf) -> None:
    like(client_of(ana), ben, "k1")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert like(client_of(ana), ben, "k1").json()["code"] == "already_swiped"


def test_signing_up_twice_with_one_key_sends_one_mail(db: None) -> None:
    body = {"email": "new@example.org", "password": "a calm long pass phrase", "name": "New", "birthdate": "1990-01-01"}
    answers = [APIClient().post("/api/auth/register", body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(ana: Member, ben: Member, client_of: ClientOf, key: str) -> None:
    assert like(client_of(ana), ben, key).status_code == 400


def test_answers_with_tokens_are_never_kept(ana: Member) -> None:
    APIClient().post("/api/auth/login", {"email": ana.email, "password": "whatever it is"}, headers={"Idempotency-Key": "k"})
    assert not IdempotencyKey.objects.exists()


def test_twenty_at_once_are_done_once(transactional_db: None, ana: Member, ben: Member, client_of: ClientOf) -> None:
    clients, barrier, statuses = [client_of(ana) for _ in range(20)], threading.Barrier(20), []

    def block(client: APIClient) -> None:
        barrier.wait()
        statuses.append(client.post("/api/blocks", {"member": str(ben.pk)}, headers={"Idempotency-Key": "k"}).status_code)
        connection.close()

    threads = [threading.Thread(target=block, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert Block.objects.count() == 1


class TestUploads:
    """What a file holds counts, not how long it is."""

    @pytest.fixture(autouse=True)
    def _own_folder(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def add(self, client: APIClient, raw: bytes, alt: str = "") -> Any:
        body = {"file": SimpleUploadedFile("me.jpg", raw), "alt": alt}
        return client.post("/api/photos", body, format="multipart", headers={"Idempotency-Key": "k"})

    def test_the_same_file_is_added_once(self, ana: Member, client_of: ClientOf) -> None:
        client = client_of(ana)
        first, again = self.add(client, photo()), self.add(client, photo())
        assert (first.status_code, again.status_code) == (201, 201)
        assert again["Idempotent-Replayed"] == "true"
        assert Photo.objects.count() == 1

    def test_another_file_of_the_same_length_is_refused(self, ana: Member, client_of: ClientOf) -> None:
        client, one = client_of(ana), file_of(plain(RED), "BMP")
        other = file_of(plain(BLUE), "BMP")
        assert len(one) == len(other)
        self.add(client, one)
        refused(self.add(client, other), 422, "idempotency_key_reused")

    def test_another_field_is_refused(self, ana: Member, client_of: ClientOf) -> None:
        client = client_of(ana)
        self.add(client, photo(), alt="one")
        refused(self.add(client, photo(), alt="two"), 422, "idempotency_key_reused")

    def test_what_is_too_large_is_refused_unread(self, ana: Member, client_of: ClientOf) -> None:
        refused(self.add(client_of(ana), b"x" * (12 * 1024 * 1024)), 413, "too_large")
