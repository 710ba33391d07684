"""Answers are compressed for whoever asks, and a version one read compressed can still be named in a change."""

import gzip
import json
from typing import Any

import pytest

from accounts.models import Member
from tests.support import api, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def client(ana: Member) -> Any:
    made = api(ana)
    made.defaults["HTTP_ACCEPT_ENCODING"] = "gzip"
    return made


def test_a_long_answer_is_compressed(client: Any) -> None:
    answer = client.get("/api/fields")
    assert answer["Content-Encoding"] == "gzip"
    assert b"software-development" in gzip.decompress(answer.content)
    assert "Accept-Encoding" in answer["Vary"]


def test_a_change_of_the_version_one_read_is_taken(client: Any) -> None:
    tag = client.get("/api/me")["ETag"]
    assert client.patch("/api/me", {"headline": "x"}, headers={"If-Match": tag}).status_code == 200
    refused_again = client.patch("/api/me", {"headline": "y"}, headers={"If-Match": tag, "Accept-Encoding": "identity"})
    refused(refused_again, 412, "precondition_failed")


def test_what_did_not_change_is_not_sent_again(client: Any) -> None:
    tag = client.get("/api/skill-compatibility")["ETag"]
    assert client.get("/api/skill-compatibility", headers={"If-None-Match": tag}).status_code == 304


def test_what_is_not_there_is_said_so_that_it_can_be_read(client: Any) -> None:
    answer = client.get("/api/nothing")
    text = gzip.decompress(answer.content) if "Content-Encoding" in answer else answer.content
    assert json.loads(text)["code"] == "not_found"
