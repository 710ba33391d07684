"""A POST that is sent again is not done again."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Block, Member
from ops.models import IdempotencyKey, Mail

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
    refused = like(client_of(ana), ben, "k1", action="pass")
    assert refused.status_code == 422
    assert refused.json()["code"] == "idempotency_key_reused"
    assert refused.json()["request_id"] == refused["X-Request-ID"]


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
