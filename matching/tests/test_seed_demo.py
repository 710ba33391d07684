"""Demo members: the same ones for the same seed, once."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command

from accounts.models import Member, Profile
from matching.models import Embedding
from media.models import Photo
from tests.support import Api, api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def seed(members: int = 30, **more: Any) -> None:
    call_command("seed_demo", members=members, **{"seed": 7, "no_embeddings": True, **more})


def fingerprint() -> str:
    """Everything about everybody but the password's salt."""
    Member.objects.update(password="")
    rows = [*Member.objects.order_by("pk"), *Profile.objects.order_by("pk").defer("updated_at")]
    Profile.objects.update(updated_at="2026-01-01T00:00:00Z")
    return hashlib.sha256(serializers.serialize("json", [type(row)._default_manager.get(pk=row.pk) for row in rows]).encode()).hexdigest()


def test_a_seed_makes_the_same_members_again() -> None:
    seed()
    first = fingerprint()
    Member.objects.all().delete()
    seed()
    assert fingerprint() == first
    Member.objects.all().delete()
    seed(seed=8)
    assert fingerprint() != first


def test_a_second_run_adds_nobody_and_changes_nothing(capsys: Any) -> None:
    seed()
    Profile.objects.filter(member__email="ana@demo.alliv.test").update(headline="My own words")
    capsys.readouterr()
    seed()
    assert "0 demo members added, 30 were there." in capsys.readouterr().err
    assert (Member.objects.count(), Profile.objects.get(member__email="ana@demo.alliv.test").headline) == (30, "My own words")


def test_more_members_join_those_who_are_there() -> None:
    seed(10)
    before = set(Member.objects.values_list("pk", flat=True))
    seed(25)
    assert before < set(Member.objects.values_list("pk", flat=True))
    assert Member.objects.count() == 25


def test_the_cast_signs_in_and_most_of_the_others_are_in_the_list() -> None:
    seed(60)
    for name in ("ana", "ben", "cleo", "sam"):
        answer = Api().post("/api/auth/login", {"email": f"{name}@demo.alliv.test", "password": "alliv-demo-2026"})
        assert answer.status_code == 200
    ana = Member.objects.get(email="ana@demo.alliv.test")
    me = api(ana).get("/api/me").json()
    assert (me["must_haves"], me["visibility"], set(me["completeness"]["missing"]) <= {"photo"}) == ({}, "public", True)
    shown = api(ana).get("/api/discover", {"limit": 100}).json()["results"]
    assert len(shown) >= 0.85 * 57
    assert {"ben", "cleo"} <= {row["member"]["name"].split()[0].lower() for row in shown}
    assert Member.objects.get(is_staff=True).email == "sam@demo.alliv.test"


def test_without_embeddings_their_texts_wait_for_the_job() -> None:
    seed(5)
    assert not Embedding.objects.exists()


def test_portraits_are_drawn_once(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    for _ in range(2):
        seed(4, photos=True)
    assert Photo.objects.count() == 4
    assert set(Photo.objects.values_list("position", flat=True)) == {0}


def test_production_mode_refuses_members_whose_password_everybody_knows(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not in production mode") as refused:
        seed(5)
    assert refused.value.returncode == 4
    assert not Member.objects.exists()
