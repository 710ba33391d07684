"""Uploads past the application: announced, put, completed; on our own endpoint and on a real S3 server."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage, storages
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from alliv.settings import bucket_storage
from media import chores, images, services, uploads
from media.models import Photo, Upload
from media.tests.bucket import BUCKET, KEYS, client, put, s3_server
from media.tests.pictures import photo
from tests.factories import MemberFactory, PhotoFactory, UploadFactory
from tests.support import Api, api, pointers, race, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

JPEG = photo()


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def announced(member: Member, content: bytes = JPEG, **more: Any) -> dict[str, Any]:
    body = {"content_type": "image/jpeg", "size": len(content), **more}
    answer = api(member).post("/api/photos/uploads", body)
    assert answer.status_code == 201, answer.json()
    row: dict[str, Any] = answer.json()
    return row


def sent(place: dict[str, Any], content: bytes = JPEG, kind: str = "image/jpeg") -> Any:
    path = place["url"].removeprefix("http://testserver")
    return Api().generic("PUT", path, content, content_type=kind)


def completed(member: Member, place: dict[str, Any]) -> Any:
    return api(member).post(f"/api/photos/uploads/{place['id']}/complete")


def left() -> list[str]:
    return default_storage.listdir("uploads")[1] if default_storage.exists("uploads") else []


# --- Without S3 ---


def test_an_upload_becomes_a_photo(ana: Member, committed: Callable[[], Any]) -> None:
    place = announced(ana, alt="Ana at her desk")
    assert set(place) == {"id", "method", "url", "headers", "expires_at"}
    assert (place["method"], place["headers"]) == ("PUT", {"Content-Type": "image/jpeg", "Content-Length": str(len(JPEG))})
    assert sent(place).status_code == 204
    with committed():
        answer = completed(ana, place)
    row = answer.json()
    assert (answer.status_code, answer["ETag"], row["alt"], row["status"]) == (201, '"1"', "Ana at her desk", "ready")
    assert Client().get(row["urls"]["page"]).status_code == 200
    assert left() == []
    again = completed(ana, place)
    assert (again.status_code, again.json()["id"]) == (200, row["id"])
    assert Photo.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"content_type": "image/gif"}, {"/content_type": "invalid_choice"}),
        ({"size": 0}, {"/size": "min_value"}),
        ({"size": images.MAX_BYTES + 1}, {"/size": "max_value"}),
        ({"alt": "x" * 201}, {"/alt": "max_length"}),
        ({"name": "me.jpg"}, {"/name": "unknown_field"}),
    ],
)
def test_what_cannot_become_a_photo_is_not_even_begun(body: dict[str, Any], errors: dict[str, str], ana: Member) -> None:
    assert pointers(api(ana).post("/api/photos/uploads", {"content_type": "image/jpeg", "size": 1000, **body})) == errors
    assert not Upload.objects.exists()


def test_other_bytes_than_announced_are_refused(ana: Member) -> None:
    place = announced(ana)
    refused(sent(place, JPEG + b"x"), 400, "wrong_size")
    refused(sent(place, kind="image/png"), 415, "unsupported_media_type")
    refused(completed(ana, place), 409, "upload_missing")


@pytest.mark.parametrize("content", [b"<svg/>" + bytes(500), photo("PNG"), JPEG[:200]], ids=["SVG", "PNG", "half"])
def test_what_lies_there_is_looked_at_again(content: bytes, ana: Member) -> None:
    place = announced(ana, content)
    assert sent(place, content).status_code == 204
    assert completed(ana, place).status_code in {400, 415}
    assert (Photo.objects.count(), left()) == (0, [])
    assert sent(place, content).status_code == 204  # and may be tried again


def test_the_address_is_signed_and_runs_out(ana: Member) -> None:
    place = announced(ana)
    for changed in (place["url"].replace("sig=", "sig=x"), place["url"].split("?")[0], place["url"].replace(place["id"], str(uuid4()))):
        refused(sent({"url": changed}), 404, "not_found")
    assert sent(place).status_code == 204
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused(sent(place), 404, "not_found")
    refused(completed(ana, place), 404, "not_found")


def test_nobody_completes_somebody_else_s_upload(ana: Member, cleo: Member) -> None:
    place = announced(ana)
    sent(place)
    refused(completed(cleo, place), 404, "not_found")
    refused(completed(cleo, {"id": uuid4()}), 404, "not_found")


def test_six_photos_are_enough(ana: Member) -> None:
    place = announced(ana)
    sent(place)
    for _ in range(6):
        PhotoFactory(member=ana)
    refused(api(ana).post("/api/photos/uploads", {"content_type": "image/jpeg", "size": 1000}), 409, "too_many_photos")
    refused(completed(ana, place), 409, "too_many_photos")


@pytest.mark.django_db(transaction=True)
def test_completed_twice_at_once_is_one_photo() -> None:
    ana = MemberFactory()
    place = announced(ana)
    sent(place)
    outcomes = race(*[partial(uploads.complete, ana, place["id"])] * 3)
    made = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert sum(fresh for _, fresh in made) == 1
    assert Photo.objects.count() == 1
    # Who came so late that the file was gone is told that; everybody else gets the one photo.
    assert all(isinstance(outcome, uploads.UploadMissing) for outcome in outcomes if isinstance(outcome, Exception))


# --- With S3 ---


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_server(tmp_path_factory.mktemp("s3")) as address:
        yield address


@pytest.fixture
def bucket(s3: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Photos lie on the S3 server; what is in the bucket."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    settings.S3_BUCKET, settings.S3_ENDPOINT_URL = BUCKET, s3
    settings.STORAGES = {**settings.STORAGES, "default": bucket_storage(BUCKET, s3)}

    def keys() -> list[str]:
        return [row["Key"] for row in client(s3).list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    yield keys
    for key in keys():
        client(s3).delete_object(Bucket=BUCKET, Key=key)


def test_photos_lie_in_the_bucket_and_leave_it(ana: Member, bucket: Any, committed: Callable[[], Any]) -> None:
    made = services.add_photo(ana, JPEG)
    assert sorted(bucket()) == sorted(services.path(made.key, name) for name in images.VARIANTS)
    row = api(ana).get(f"/api/photos/{made.pk}").json()
    answer = Client().get(row["urls"]["card"])
    assert (answer.status_code, answer.content[:4]) == (200, b"RIFF")
    with committed():
        assert api(ana).delete(f"/api/photos/{made.pk}").status_code == 204
    assert bucket() == []
    assert Client().get(row["urls"]["card"]).status_code == 404


def test_all_threads_have_one_client(bucket: Any, settings: Any) -> None:
    storage: Any = storages.create_storage(settings.STORAGES["default"])
    assert len(set(map(id, race(*[lambda: storage.connection.meta.client] * 4)))) == 1


def test_the_client_puts_the_file_into_the_bucket_itself(ana: Member, bucket: Any, s3: str, committed: Callable[[], Any]) -> None:
    place = announced(ana)
    assert place["url"].startswith(f"{s3}/{BUCKET}/uploads/{place['id']}?")
    refused(completed(ana, place), 409, "upload_missing")
    assert put(place["url"], JPEG, place["headers"]) == 200
    with committed():
        answer = completed(ana, place)
    assert answer.status_code == 201, answer.json()
    assert not [name for name in bucket() if name.startswith("uploads/")]
    assert Client().get(answer.json()["urls"]["thumb"]).status_code == 200


def test_the_bucket_takes_neither_another_size_nor_another_kind(ana: Member, bucket: Any) -> None:
    place = announced(ana)
    assert put(place["url"], JPEG + b"x", {**place["headers"], "Content-Length": str(len(JPEG) + 1)}) == 403
    assert put(place["url"], JPEG, {**place["headers"], "Content-Type": "text/html"}) == 403
    assert put(place["url"].split("?")[0], JPEG, place["headers"]) == 403
    refused(completed(ana, place), 409, "upload_missing")
    refused(sent({"url": f"/api/photos/uploads/{place['id']}/content?until=9999999999&sig=x"}), 404, "not_found")


def test_a_bucket_that_does_not_answer_is_a_503(ana: Member, bucket: Any, settings: Any) -> None:
    url = api(ana).get(f"/api/photos/{services.add_photo(ana, JPEG).pk}").json()["urls"]["card"]
    settings.STORAGES = {**settings.STORAGES, "default": bucket_storage("no-such-bucket", settings.S3_ENDPOINT_URL)}
    assert Client().get(url).status_code == 503
    settings.STORAGES = {**settings.STORAGES, "default": bucket_storage(BUCKET, "http://127.0.0.1:1")}
    assert Client().get(url).status_code == 503


# --- Cleaning up ---


def swept(capsys: Any, *more: str) -> dict[str, int]:
    call_command("housekeeping", "--json", *more)
    counts: dict[str, int] = json.loads(capsys.readouterr().out)
    return {name: counts[name] for name in ("uploads", "orphan_files")}


def test_files_without_a_row_and_uploads_nobody_completed_go_after_a_day(ana: Member, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = services.add_photo(ana, JPEG)
    lost = services.add_photo(ana, JPEG)
    Photo.objects.filter(pk=lost.pk).delete()
    sent(announced(ana))
    UploadFactory(expires_at=timezone.now() - timedelta(days=2))
    assert swept(capsys, "--dry-run") == {"uploads": 1, "orphan_files": 0}  # files of today may be waiting for their row
    monkeypatch.setattr(chores, "OLD", timedelta(seconds=-60))
    assert swept(capsys, "--dry-run")["orphan_files"] == 7
    monkeypatch.setattr(chores, "BATCH", 2)
    assert swept(capsys)["orphan_files"] == 7
    assert swept(capsys)["orphan_files"] == 0
    assert all(default_storage.exists(services.path(kept.key, name)) for name in images.VARIANTS)
    assert left() == []


def test_an_empty_store_has_no_orphans(capsys: Any) -> None:
    assert swept(capsys)["orphan_files"] == 0


def test_orphans_in_a_bucket_are_found_as_well(bucket: Any, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, lost = services.add_photo(ana, JPEG), services.add_photo(ana, JPEG)
    Photo.objects.filter(pk=lost.pk).delete()
    monkeypatch.setattr(chores, "OLD", timedelta(seconds=-60))
    assert chores.delete_orphans() == 6
    assert sorted(bucket()) == sorted(services.path(kept.key, name) for name in images.VARIANTS)
