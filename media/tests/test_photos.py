"""Photos through the API: added, described, put in order, deleted, served."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import services as accounts
from accounts.models import Member
from media import addresses, images, services, storage
from media.models import Photo
from media.selectors import as_dict
from media.tests.pictures import announced, file_of, photo, pixels, plain
from ops.models import Mail
from tests.factories import PASSWORD, PhotoFactory
from tests.support import api, pointers, race, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The moment that addresses are made and judged at; tests move it."""
    moment = [1_800_000_000]
    monkeypatch.setattr(addresses, "now", lambda: moment[0])
    return moment


def files() -> list[str]:
    return sorted(path.name for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())


def upload(member: Member, raw: bytes, name: str = "me.jpg", **more: Any) -> Any:
    return api(member).post("/api/photos", {"file": SimpleUploadedFile(name, raw), **more}, format="multipart")


def added(member: Member, alt: str = "") -> dict[str, Any]:
    answer = upload(member, photo(), alt=alt)
    assert answer.status_code == 201, answer.json()
    row: dict[str, Any] = answer.json()
    return row


def order(member: Member) -> list[str]:
    """The texts in the order of the positions, which have no gaps."""
    rows = list(Photo.objects.filter(member=member).order_by("position"))
    assert [row.position for row in rows] == list(range(len(rows)))
    return [row.alt for row in rows]


# --- Adding ---


def test_an_upload_answers_with_what_a_page_needs(ana: Member) -> None:
    row = added(ana, "Ana at her desk")
    assert set(row) == {"id", "position", "status", "width", "height", "thumbhash", "urls", "jpeg_urls", "alt"}
    assert (row["position"], row["status"], row["width"], row["height"], row["alt"]) == (0, "ready", 200, 100, "Ana at her desk")
    assert set(row["urls"]) == {"card", "page", "thumb"}
    assert api(ana).get("/api/photos").json() == {"next": None, "previous": None, "results": [row]}
    assert len(files()) == 6


def test_nobody_can_guess_a_photo_s_name(ana: Member) -> None:
    row = added(ana)
    key = Photo.objects.get().key
    assert len(key) == 43  # 256 bits
    for told in (row["id"], str(ana.pk), "me.jpg"):
        assert told not in row["urls"]["page"]


def test_photos_of_others_are_not_listed(ana: Member, ben: Member) -> None:
    added(ana)
    assert api(ben).get("/api/photos").json()["results"] == []


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (photo("GIF"), 415, "unsupported_media_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_media_type"),
        (photo()[:200], 400, "invalid"),
        (file_of(plain(size=(20, 20))), 400, "invalid"),
        (announced(9000, 9000), 413, "too_large"),
        (photo() + bytes(images.MAX_BYTES), 413, "too_large"),
        (photo() + bytes(images.MAX_BYTES + 100_000), 413, "too_large"),
    ],
    ids=["GIF", "SVG", "half", "tiny", "too many pixels", "too many bytes", "far too many bytes"],
)
def test_what_is_no_photo_is_refused_whatever_its_name(raw: bytes, status: int, code: str, ana: Member) -> None:
    refused(upload(ana, raw, "me.jpg"), status, code)
    assert (Photo.objects.count(), files()) == (0, [])


def test_a_photo_with_the_wrong_name_is_still_a_photo(ana: Member) -> None:
    assert upload(ana, photo("PNG"), "../../virus.exe").status_code == 201


def test_an_upload_without_a_file_says_so(ana: Member) -> None:
    assert pointers(api(ana).post("/api/photos", {}, format="multipart")) == {"/file": "required"}
    assert pointers(upload(ana, b"")) == {"/file": "empty"}
    assert set(pointers(upload(ana, photo(), alt="x" * 201))) == {"/alt"}


def test_json_is_no_upload(ana: Member) -> None:
    refused(api(ana).post("/api/photos", {"file": "me"}), 415, "unsupported_media_type")


def test_a_seventh_photo_is_one_too_many_and_leaves_no_file(ana: Member) -> None:
    for _ in range(6):
        added(ana)
    refused(upload(ana, photo()), 409, "too_many_photos")
    assert (Photo.objects.count(), len(files())) == (6, 36)


def test_strangers_to_alliv_add_nothing(stranger: Any) -> None:
    refused(stranger.get("/api/photos"), 401, "not_authenticated")
    refused(stranger.post("/api/photos", {"file": SimpleUploadedFile("me.jpg", photo())}, format="multipart"), 401, "not_authenticated")


# --- Changing ---


@pytest.mark.parametrize(("moved", "to", "then"), [("c", 0, "cab"), ("a", 2, "bca"), ("b", 1, "abc"), ("a", 5, "bca")])
def test_a_photo_moves_and_the_others_keep_their_order(moved: str, to: int, then: str, ana: Member) -> None:
    rows = {alt: added(ana, alt) for alt in "abc"}
    answer = api(ana).patch(f"/api/photos/{rows[moved]['id']}", {"position": to})
    assert (answer.status_code, answer.json()["position"]) == (200, then.index(moved))
    assert order(ana) == list(then)


def test_the_text_changes_and_the_place_stays(ana: Member) -> None:
    row = added(ana, "before")
    answer = api(ana).patch(f"/api/photos/{row['id']}", {"alt": "after"})
    assert answer.json() == {**row, "alt": "after"}


@pytest.mark.parametrize(
    "body", [{"position": -1}, {"position": 6}, {"position": "first"}, {"alt": "x" * 201}, {"alt": None}, {"key": "x"}]
)
def test_a_change_that_makes_no_sense_is_refused(body: dict[str, Any], ana: Member) -> None:
    row = added(ana, "before")
    assert set(pointers(api(ana).patch(f"/api/photos/{row['id']}", body))) == {f"/{name}" for name in body}
    assert order(ana) == ["before"]


def test_the_first_photo_is_the_card_s(ana: Member, ben: Member) -> None:
    added(ana, "first")
    second = added(ana, "second")
    api(ana).patch(f"/api/photos/{second['id']}", {"position": 0})
    card = api(ben).get("/api/discover").json()["results"][0]["member"]
    assert card["photo"]["alt"] == "second"


def test_a_deleted_photo_takes_its_files_along_and_those_behind_move_up(ana: Member, committed: Callable[[], Any]) -> None:
    rows = [added(ana, alt) for alt in "abc"]
    with committed():
        assert api(ana).delete(f"/api/photos/{rows[0]['id']}").status_code == 204
    assert order(ana) == ["b", "c"]
    assert len(files()) == 12
    assert Client().get(rows[0]["urls"]["page"]).status_code == 404
    refused(api(ana).delete(f"/api/photos/{rows[0]['id']}"), 404, "not_found")


def test_somebody_else_s_photo_is_answered_like_none(ana: Member, cleo: Member) -> None:
    path = f"/api/photos/{added(ana, 'mine')['id']}"
    for body in ({"position": 0}, {"alt": "yours"}, {}):
        refused(api(cleo).patch(path, body), 404, "not_found")
    refused(api(cleo).delete(path), 404, "not_found")
    assert order(ana) == ["mine"]


def test_who_leaves_takes_the_files_along(ana: Member, ben: Member, committed: Callable[[], Any]) -> None:
    added(ana)
    kept = added(ben)
    with committed():
        accounts.close_account(ana, password=PASSWORD)
    assert Photo.objects.get().member_id == ben.pk
    assert len(files()) == 6
    assert Client().get(kept["urls"]["page"]).status_code == 200


# --- Serving ---


def test_a_photo_is_served_to_be_kept_and_never_guessed_at(ana: Member) -> None:
    photo = added(ana)
    for urls, kind in ((photo["urls"], "webp"), (photo["jpeg_urls"], "jpeg")):
        assert set(urls) == {"card", "page", "thumb"}
        for url in urls.values():
            answer = Client().get(url)
            assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (200, f"image/{kind}", "nosniff")
            assert answer["Cache-Control"] == "private, max-age=900, immutable"
            assert "Set-Cookie" not in answer
            assert pixels(answer.content).format == kind.upper()


def test_a_photo_from_before_there_were_jpegs_gets_them_when_they_are_asked_for(ana: Member, committed: Callable[[], Any]) -> None:
    row = added(ana)
    for path in Path(settings.MEDIA_ROOT).rglob("*.jpg"):
        path.unlink()
    urls = row["jpeg_urls"]
    first = [Client().get(url).content for url in urls.values()]
    assert [pixels(content).format for content in first] == ["JPEG"] * 3
    assert len(files()) == 6
    assert [Client().get(url).content for url in urls.values()] == first
    with committed():
        assert api(ana).delete(f"/api/photos/{row['id']}").status_code == 204
    assert files() == []
    assert [Client().get(url).status_code for url in urls.values()] == [404] * 3


def test_whoever_asks_for_a_jpeg_that_is_being_made_gets_all_of_it(ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    row, read = added(ana), storage.read
    photo = Photo.objects.get()
    for path in Path(settings.MEDIA_ROOT).rglob("*.jpg"):
        path.unlink()
    seen: list[int] = []

    def looked_at(name: str, content: Any, **more: Any) -> str:
        with pytest.raises(FileNotFoundError):
            read(services.path(photo.key, "page.jpg"))
        seen.append(1)
        return str(FileSystemStorage.save(default_storage, name, content, **more))

    monkeypatch.setattr(default_storage, "save", looked_at)
    first = Client().get(row["jpeg_urls"]["page"]).content
    assert seen == [1]
    assert services.make_jpeg(photo, "page.jpg") == first == read(services.path(photo.key, "page.jpg"))
    assert seen == [1]  # who comes later keeps what is there
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.part"))


def test_a_jpeg_that_is_made_of_a_photo_just_deleted_is_not_kept(ana: Member) -> None:
    photo = services.add_photo(ana, file_of(plain()))
    services.remove_photo(ana, photo.pk)
    with pytest.raises(FileNotFoundError):
        services.make_jpeg(photo, "page.jpg")


@pytest.mark.parametrize(
    "path",
    [
        "nobody/page.webp",
        "{key}/huge.webp",
        "{key}/..%2Fpage.webp",
        "{key}/page.png",
        "nobody/page.jpg",
        "{key}/huge.jpg",
        "{key}/page.jpeg",
        "..%2F..%2Fdb/page.webp",
        "{short}/page.webp",
    ],
)
def test_what_is_not_there_is_a_404(path: str, ana: Member) -> None:
    query = added(ana)["urls"]["page"].partition("?")[2]
    key = Photo.objects.get().key
    assert Client().get(f"/photos/{path.format(key=key, short=key[:-1])}?{query}").status_code == 404


@pytest.mark.parametrize("status", ["hidden", "processing"])
def test_a_photo_that_is_not_ready_is_seen_by_nobody_but_listed_for_its_owner(status: str, ana: Member, ben: Member) -> None:
    row = added(ana)
    Photo.objects.update(status=status)
    assert Client().get(row["urls"]["page"]).status_code == 404
    assert api(ben).get(f"/api/profiles/{ana.pk}").json()["photos"] == []
    assert api(ana).get("/api/photos").json()["results"] == [{**row, "status": status}]


def test_a_lost_file_is_a_404(ana: Member) -> None:
    photo = PhotoFactory(member=ana)
    assert Client().get(as_dict(photo)["urls"]["page"]).status_code == 404


def test_an_address_is_the_same_for_a_while_and_dead_within_a_quarter_of_an_hour(ana: Member, clock: list[int]) -> None:
    def address() -> str:
        return str(api(ana).get("/api/photos").json()["results"][0]["urls"]["card"])

    added(ana)
    for start in (clock[0], clock[0] + 449):
        clock[0] = start
        assert address() == (kept := address())
        clock[0] = start + 450
        assert Client().get(kept).status_code == 200
        assert address() != kept
        clock[0] = start + 900
        assert Client().get(kept).status_code == 404
        assert Client().get(address()).status_code == 200
        clock[0] = 1_800_000_000


def test_an_address_cannot_be_made_to_last(ana: Member) -> None:
    url = added(ana)["urls"]["page"]
    until = str(1_800_000_000 + 900)
    for changed in (
        url.replace(until, str(int(until) + 900)), url.replace(until, "9" * 40), url.replace(until, "-1"), url.replace(until, "²"),
        url.split("?")[0], url + "x", url.replace("sig=", "sig=é"), url.replace("/page", "/card", 1).replace("sig=", "sig=A"),
    ):  # fmt: skip
        assert Client().get(changed).status_code == 404, changed


# --- Versions ---


def test_a_photo_has_a_version_and_an_old_one_changes_nothing(ana: Member) -> None:
    client, row = api(ana), added(ana, "before")
    path = f"/api/photos/{row['id']}"
    first = client.get(path)
    assert (first.json(), first["ETag"]) == (row, '"1"')
    changed = client.patch(path, {"alt": "after"}, headers={"If-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    for answer in (
        client.patch(path, {"alt": "again"}, headers={"If-Match": first["ETag"]}),
        client.patch(path, {"position": 0}, headers={"If-Match": "nonsense"}),
        client.delete(path, headers={"If-Match": first["ETag"]}),
    ):
        refused(answer, 412, "precondition_failed")
    assert client.patch(path, {"alt": "after"}, headers={"If-Match": f"W/{changed['ETag']}"})["ETag"] == '"2"'  # nothing new, no version
    assert client.delete(path, headers={"If-Match": changed["ETag"]}).status_code == 204


def test_whoever_moves_gets_a_new_version_and_who_stays_does_not(ana: Member) -> None:
    rows = [added(ana, alt) for alt in "abc"]
    api(ana).patch(f"/api/photos/{rows[1]['id']}", {"position": 0})
    assert [api(ana).get(f"/api/photos/{row['id']}")["ETag"] for row in rows] == ['"2"', '"2"', '"1"']


def test_a_photo_that_is_not_one_s_own_cannot_be_read_alone(ana: Member, cleo: Member) -> None:
    refused(api(cleo).get(f"/api/photos/{added(ana)['id']}"), 404, "not_found")


# --- At the same instant ---


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_eight_uploads_at_once_make_six_photos(self, ana: Member) -> None:
        outcomes = race(*[partial(services.add_photo, ana, photo())] * 8)
        assert sum(isinstance(outcome, Photo) for outcome in outcomes) == 6
        assert sum(isinstance(outcome, services.TooManyPhotos) for outcome in outcomes) == 2
        assert len(order(ana)) == 6
        assert len(files()) == 36

    def test_moving_and_deleting_at_once_leaves_no_gap(self, ana: Member) -> None:
        rows = [services.add_photo(ana, photo(), alt=alt) for alt in "abcdef"]
        outcomes = race(
            partial(services.change_photo, ana, rows[5].pk, position=0),
            partial(services.remove_photo, ana, rows[1].pk),
            partial(services.change_photo, ana, rows[0].pk, position=5),
            partial(services.remove_photo, ana, rows[3].pk),
            partial(services.add_photo, ana, photo(), alt="g"),
        )
        assert [outcome for outcome in outcomes[:4] if isinstance(outcome, Exception)] == []
        assert set("acef") <= set(order(ana)) <= set("acefg")


# --- Hidden by staff ---


def test_a_member_is_told_once_that_staff_hid_photos(ana: Member) -> None:
    photos = [PhotoFactory(member=ana, position=position) for position in range(2)]
    assert services.hide_photos(photos, hidden=True) == 2
    assert services.hide_photos(photos, hidden=True) == 0
    assert [(mail.purpose, mail.to) for mail in Mail.objects.all()] == [("photo_hidden", ana.email)]
    services.hide_photos(photos, hidden=False)
    assert Mail.objects.count() == 1
