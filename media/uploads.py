"""Uploads past this process: the client puts the file into the storage itself, and says so; then it is looked at like any other.

The address fixes size and kind: S3's signature covers both headers, and without S3 our own endpoint checks them. What lies there is
checked again when the upload is completed, and thrown away either way.
"""

from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import Member
from media import addresses, images, services, storage
from media.models import Photo, Upload
from ops.errors import Conflict, Invalid, NotFound

LIFETIME = timedelta(minutes=15)
KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class UploadMissing(Conflict):
    code, detail = "upload_missing", "Nothing has been put to this upload's address yet."


class WrongSize(Invalid):
    code, detail = "wrong_size", "The file is not as large as was announced."


class Place(NamedTuple):
    """Where and how to send the file: `PUT` with exactly these headers. Without S3 `url` is a path of this site."""

    url: str
    headers: dict[str, str]


def begin(member: Member, *, content_type: str, size: int, alt: str = "") -> Upload:
    """Raises TooManyPhotos before anything is sent in vain."""
    if Photo.objects.filter(member=member).count() >= services.MAX_PHOTOS:
        raise services.TooManyPhotos
    return Upload.objects.create(member=member, content_type=content_type, size=size, alt=alt, expires_at=timezone.now() + LIFETIME)


def place_of(upload: Upload) -> Place:
    headers = {"Content-Type": upload.content_type, "Content-Length": str(upload.size)}
    if settings.S3_BUCKET:
        return Place(presigned(upload), headers)
    until = int(upload.expires_at.timestamp())
    return Place(addresses.signed(f"/api/photos/uploads/{upload.pk}/content", str(upload.pk), until), headers)


def presigned(upload: Upload) -> str:
    """S3 takes a PUT only with the two headers as they were signed."""
    bucket: Any = default_storage
    wanted = {"Bucket": bucket.bucket_name, "Key": name_of(upload), "ContentType": upload.content_type, "ContentLength": upload.size}
    client = bucket.connection.meta.client
    return str(client.generate_presigned_url("put_object", Params=wanted, ExpiresIn=int(LIFETIME.total_seconds()), HttpMethod="PUT"))


def receive(upload_id: UUID, raw: bytes, content_type: str) -> None:
    """Keeps the bytes until the upload is completed; what is there already is replaced. Raises NotFound, UnsupportedPhoto, WrongSize."""
    upload = Upload.objects.filter(id=upload_id, expires_at__gt=timezone.now(), photo=None).first()
    if upload is None:
        raise NotFound
    if content_type != upload.content_type:
        raise services.UnsupportedPhoto
    if len(raw) != upload.size:
        raise WrongSize
    default_storage.delete(name_of(upload))
    default_storage.save(name_of(upload), ContentFile(raw))


def complete(member: Member, upload_id: UUID) -> tuple[Photo, bool]:
    """The photo that the upload became, and whether this call made it. Raises NotFound, UploadMissing, and what `add_photo` does."""
    upload = Upload.objects.filter(member=member, id=upload_id, expires_at__gt=timezone.now()).select_related("photo").first()
    if upload is None:
        raise NotFound
    if upload.photo is not None:
        return upload.photo, False
    try:
        picture = services.cleaned(content_of(upload))
    except Exception:
        default_storage.delete(name_of(upload))
        raise
    return keep(upload, picture)


def content_of(upload: Upload) -> bytes:
    """What was put there, if it is what was announced. Raises UploadMissing, WrongSize, UnsupportedPhoto."""
    try:
        raw = storage.read(name_of(upload), images.MAX_BYTES + 1)
    except FileNotFoundError:
        raise UploadMissing from None
    if len(raw) != upload.size:
        raise WrongSize
    if images.kind(raw) != KINDS[upload.content_type]:
        raise services.UnsupportedPhoto
    return raw


def keep(upload: Upload, picture: images.CleanImage) -> tuple[Photo, bool]:
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.photo is not None:  # two calls at once
            return upload.photo, False
        photo = services.keep_photo(upload.member, picture, alt=upload.alt)
        Upload.objects.filter(pk=upload.pk).update(photo=photo)
        transaction.on_commit(lambda: default_storage.delete(name_of(upload)), robust=True)
    return photo, True


def erase(member: Member) -> None:
    """The bytes that somebody who leaves put there and that no photo came of; their rows go with the member's."""
    for upload in Upload.objects.filter(member=member):
        transaction.on_commit(partial(default_storage.delete, name_of(upload)), robust=True)


def name_of(upload: Upload) -> str:
    return f"uploads/{upload.pk}"
