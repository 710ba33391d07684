"""`manage.py reindex`: vectors and columns as if they were made today."""

import json
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from accounts.models import Member, Profile
from matching import embedding
from matching.features import DIMENSIONS
from matching.management.commands import reindex
from matching.models import Embedding
from tests.factories import MemberFactory
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def texts(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the model was given to read."""
    read: list[str] = []

    def encode(some: list[str]) -> Any:
        read.extend(some)
        return np.tile(np.eye(1, DIMENSIONS, dtype=np.float32), (len(some), 1))

    settings.EMBEDDINGS_ENABLED = True
    monkeypatch.setattr(embedding.child, "encode", encode)
    return read


def run(capsys: Any, *more: str) -> dict[str, Any]:
    call_command("reindex", "--json", *more)
    out: dict[str, Any] = json.loads(capsys.readouterr().out)
    return out


def test_it_embeds_what_changed_and_nothing_twice(ana: Member, ben: Member, texts: list[str], capsys: Any) -> None:
    assert run(capsys, "--dry-run") == {"outdated": 2, "embedded": 0, "members": 2, "dry_run": True}
    assert not Embedding.objects.exists()
    assert run(capsys) == {"outdated": 2, "embedded": 2, "members": 2, "dry_run": False}
    assert run(capsys)["embedded"] == 0
    Profile.objects.filter(member=ana).update(bio="I have begun to paint.", version=2)
    assert run(capsys)["embedded"] == 1
    assert "I have begun to paint." in texts[-1]


def test_every_process_reads_everybody_again(ana: Member, ben: Member, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def names() -> list[str]:
        return [row["member"]["name"] for row in api(ana).get("/api/discover?country=JP").json()["results"]]

    assert names() == []
    Profile.objects.filter(member=ben).update(country="JP")  # past every door, as an import may do it
    assert names() == []
    monkeypatch.setattr(reindex, "BATCH", 1)
    call_command("reindex")
    assert names() == ["Ben Vogel"]
    assert capsys.readouterr() == ("", "")


def test_a_model_that_dies_is_a_failure(texts: list[str], capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(some: list[str]) -> Any:
        raise RuntimeError("the embedding process ended with status 1")

    MemberFactory()
    monkeypatch.setattr(embedding.child, "encode", dies)
    with pytest.raises(SystemExit) as ended:
        call_command("reindex")
    assert ended.value.code == 1
    assert "ended with status 1" in capsys.readouterr().err
