"""A member who leaves is gone from every place there is: words that only Ana ever said are looked for everywhere afterwards.

What may stay, and why: her bare id in notes that somebody changed (`PopulationChange`) and in the audit rows of the matrix, what she reported about
somebody else (without her name, for those who decide), and for a day the answers others were given (`IdempotencyKey`).
"""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings as actual
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as BrowserSession
from django.core.cache import caches
from django.db import models
from django.test import Client

from accounts.mfa import services as mfa
from accounts.mfa.tests.apps import app_code
from accounts.models import Member
from accounts.moderation.models import Decision
from accounts.privacy import archive
from accounts.privacy.registry import covered
from accounts.vocabulary.models import UnknownSkill
from matching import services as matching
from media import uploads
from media.tests.pictures import photo
from ops import devmail, jobs, outbox
from ops.models import IdempotencyKey, Job, Mail
from tests.factories import PASSWORD, EntryFactory, IdempotencyKeyFactory, OriginFactory, PasskeyFactory, ReportFactory
from tests.support import api, change

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

EMAIL = "canary-email@example.org"
# Each is planted in one place of its own.
WORDS = [
    "name", "headline", "bio", "role", "skill", "wanted", "interest", "value", "style", "city", "link", "note", "message", "alt", "device",
    "mail", "devmail", "deadjob", "adminlog", "decision", "social", "answer", "auditbefore", "auditafter", "place", "report", "evidence", "context",
    "legacy", "passkey", "mailsubject", "devsubject", "secondmessage", "secondalt", "secondskill", "secondwanted", "secondinterest", "secondvalue", "secondlink", "secondstyle",
]  # fmt: skip


def canary(word: str) -> str:
    return f"canary{word}word"


@pytest.fixture(autouse=True)
def _places(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    settings.EMAIL_BACKEND, settings.DEV_MAIL = "ops.devmail.DevMailBackend", True


def plant(ana: Member, ben: Member, sam: Member) -> None:
    """Ana uses everything there is, and others write about her."""
    Member.objects.filter(pk=ana.pk).update(email=EMAIL)
    ana.refresh_from_db()
    client = api(ana)
    profile = {
        "name": canary("name"), "headline": canary("headline"), "bio": canary("bio"), "role": canary("role"), "skills": ["Python", canary("skill"), canary("secondskill")],
        "wanted_skills": [canary("wanted"), canary("secondwanted")], "interests": [canary("interest"), canary("secondinterest")],
        "values": [canary("value"), canary("secondvalue")], "work_styles": [canary("style"), canary("secondstyle")], "city": canary("city"),
        "links": [f"https://example.org/{canary(word)}" for word in ("link", "secondlink")],
    }  # fmt: skip
    assert client.patch("/api/me", profile).status_code == 200
    for word in ("alt", "secondalt"):
        answer = client.post("/api/photos", {"file": io.BytesIO(photo()), "alt": canary(word)}, format="multipart")
        assert answer.status_code == 201
    assert client.post("/api/swipes", {"target": str(ben.pk), "action": "like", "note": canary("note")}).status_code == 201
    match = matching.swipe(ben, ana.pk, "like")[1]
    assert match
    for word, client_id in (("message", match.pk), ("secondmessage", ben.pk)):
        body = {"client_id": str(client_id), "body": canary(word)}
        assert client.post(f"/api/chat/rooms/{match.pk}/messages", body).status_code == 201
    raw = photo()
    uploads.receive(uploads.begin(ana, content_type="image/jpeg", size=len(raw)).pk, raw, "image/jpeg")
    ana.sessions.update(device=canary("device"), place=canary("place"))
    browser = Client()
    browser.force_login(ana)
    browser.get("/discover/")
    mfa.confirm_totp(ana, app_code(secret=mfa.begin_totp(ana).secret))
    PasskeyFactory(member=ana, name=canary("passkey"))
    SocialAccount.objects.create(user=ana, provider="github", uid=canary("social"))
    IdempotencyKeyFactory(owner=str(ana.pk), body=canary("answer").encode())
    about = ContentType.objects.get_for_model(Member)
    LogEntry.objects.create(user=sam, content_type=about, object_id=str(ana.pk), object_repr=canary("adminlog"), action_flag=CHANGE)
    Decision.objects.create(subject=ana, actor=sam, kind=Decision.Kind.WARN, note=canary("decision"))
    EntryFactory(act="change", subject=ana, before={"name": canary("auditbefore")}, after={"name": canary("auditafter")})
    ReportFactory(
        reporter=ben, subject=ana, details=canary("report"), context={"word": canary("context")}, evidence={"name": canary("evidence")}
    )
    OriginFactory(key=canary("legacy"), target_id=ana.pk)
    client.post("/api/me/export")
    outbox.post("notice", to=EMAIL, context={"subject": canary("devsubject"), "what": canary("devmail")})
    jobs.run_due()
    Client().post("/api/auth/login", {"email": EMAIL, "password": "not this one"}, content_type="application/json")
    waiting = outbox.post("notice", to=EMAIL, context={"subject": canary("mailsubject"), "what": canary("mail")})
    Job.objects.filter(arguments=[str(waiting.pk)]).update(status=Job.Status.DEAD, error=f"refused: {canary('deadjob')}")
    assert client.get("/api/me/export").json()["status"] == "ready"


def in_tables() -> Iterator[tuple[str, str]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        for row in model._default_manager.values_list(*[field.attname for field in model._meta.concrete_fields]):
            yield model._meta.label, "\n".join(map(shown, row))
    for session in BrowserSession.objects.all():
        yield "a browser's session", json.dumps(session.get_decoded())


def shown(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def in_files() -> Iterator[tuple[str, str]]:
    for path in Path(actual.VAR_DIR).rglob("*"):
        if path.is_file():
            yield str(path.relative_to(actual.VAR_DIR)), path.name + path.read_bytes().decode("utf-8", "replace")


def in_memory() -> Iterator[tuple[str, str]]:
    """Redis with its queues and caches, or what stands for them in this process."""
    yield "this process", str({name: getattr(caches[name], "_cache", "") for name in caches})
    if actual.REDIS_URL:
        from redis import Redis

        with Redis.from_url(actual.REDIS_URL) as redis:
            for key in redis.scan_iter():
                kind = redis.type(key).decode()
                read = {"string": redis.get, "hash": redis.hgetall, "set": redis.smembers}
                lists = {"list": lambda key: redis.lrange(key, 0, -1), "zset": lambda key: redis.zrange(key, 0, -1)}
                yield f"Redis {key!r}", repr((key, {**read, **lists}.get(kind, lambda key: b"")(key)))


def in_queue() -> Iterator[tuple[str, str]]:
    yield from ((place, text) for place, text in in_tables() if place in {"ops.Job", "ops.Mail"})


# No member's word is ever kept in the caches: limits count by digests, pairs are kept as numbers. They are looked at all the same.
STORES = {"database": in_tables, "queue": in_queue, "files": in_files, "cache": in_memory}


def found(words: list[str]) -> dict[str, dict[str, str]]:
    """By store, where in it each word is."""
    return {store: {word: place for place, text in read() for word in words if word in text} for store, read in STORES.items()}


def test_a_member_who_leaves_leaves_nothing_behind(ana: Member, ben: Member, sam: Member, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "alliv")
    canaries = {EMAIL, *map(canary, WORDS)}
    plant(ana, ben, sam)
    planted = found(sorted(canaries))
    assert set().union(*planted.values()) == canaries, "not planted where the test would see it"
    assert len(canaries) == 41
    counted = {store: len(words) for store, words in planted.items()}
    assert all(counted[store] >= least for store, least in {"database": 38, "queue": 3, "files": 2}.items()), counted
    assert all(list(Path(actual.MEDIA_ROOT).rglob(f"*.{ending}")) for ending in ("webp", "jpg"))
    assert list(Path(actual.MEDIA_ROOT).rglob("*.zip"))

    assert api(ana).delete("/api/me", {"password": PASSWORD}).status_code == 204
    jobs.run_due()

    assert found(sorted(canaries)) == {store: {} for store in STORES}
    assert [word for word in canaries if word in caplog.text] == []
    assert [path for path in Path(actual.MEDIA_ROOT).rglob("*") if path.is_file()] == []
    assert devmail.names() == []
    owned = {model: model._default_manager.filter(**{f"{name}": ana.pk}) for model, name in relations()}
    assert [model._meta.label for model, rows in owned.items() if rows.exists()] == []


def test_an_export_has_every_row_that_names_its_member(ana: Member, ben: Member, sam: Member) -> None:
    plant(ana, ben, sam)
    rows = json.loads(json.dumps(archive.data_of(ana), cls=archive.Encoder))["tables"]
    named = [(model, name) for model, name in relations() if covered[model, name] == "exported" and mine(model, name, ana)]
    assert len({model for model, _ in named}) >= 15, "planted in too few tables"
    for model, name in named:
        exported = {row[model._meta.pk.attname] for row in rows[model._meta.label_lower]}
        assert mine(model, name, ana) <= exported, (model, name)


def mine(model: type[models.Model], name: str, member: Member) -> set[Any]:
    keys = {row.pk for row in model._default_manager.filter(**{name: member.pk})}
    return {key if isinstance(key, int) else str(key) for key in keys}


def relations() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Member:
                yield model, field.name


def test_what_is_about_others_stays(ana: Member, ben: Member, sam: Member) -> None:
    change(ben, skills=["Weaving Baskets"])
    for name in ("Weaving Baskets", "Čeština läuft"):
        UnknownSkill.objects.create(name=name, key=name.lower())
    change(ana, skills=["Weaving Baskets", "Čeština läuft"])
    outbox.post("notice", to=ben.email, context={"subject": "Hello", "what": "Ben"})
    IdempotencyKeyFactory(owner=str(ben.pk))
    assert api(ana).delete("/api/me", {"password": PASSWORD}).status_code == 204
    assert [skill.name for skill in UnknownSkill.objects.all()] == ["Weaving Baskets"]
    assert [mail.to for mail in Mail.objects.all()] == [ben.email]
    assert IdempotencyKey.objects.count() == 1


def test_a_skill_that_somebody_else_names_in_other_letters_still_waits(ana: Member, ben: Member) -> None:
    UnknownSkill.objects.create(name="Čeština", key="čeština")
    change(ana, skills=["Čeština"])
    change(ben, wanted_skills=["Čeština"])
    assert api(ana).delete("/api/me", {"password": PASSWORD}).status_code == 204
    assert UnknownSkill.objects.exists()


def test_a_mail_on_its_way_to_somebody_who_has_left_is_not_sent(ana: Member) -> None:
    outbox.post("notice", to=ana.email, context={"subject": "Hello", "what": "Ana"})
    assert api(ana).delete("/api/me", {"password": PASSWORD}).status_code == 204
    assert not Job.objects.filter(task=outbox.SEND).exists()
