"""What members do with their photos."""

import hashlib
import secrets
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from accounts import mails
from accounts.models import Member, Profile
from accounts.signals import profile_changed
from media import decoder, images, storage
from media.models import Photo
from ops.errors import Conflict, Invalid, NotFound, PreconditionFailed, Problem, TooLarge

MAX_PHOTOS = 6


class UnsupportedPhoto(Problem):
    status, code, detail = 415, "unsupported_media_type", "A photo is a JPEG, PNG or WebP file."


class TooManyPhotos(Conflict):
    code, detail = "too_many_photos", f"A profile has up to {MAX_PHOTOS} photos."


REFUSALS: dict[str, type[Problem]] = {"too_large": TooLarge, "unsupported_media_type": UnsupportedPhoto}


def cleaned(raw: bytes) -> images.CleanImage:
    """The clean picture. Raises TooLarge, UnsupportedPhoto or Invalid."""
    try:
        return decoder.child.clean(raw)
    except images.ImageRefused as refusal:
        raise REFUSALS.get(refusal.code, Invalid)(str(refusal)) from None


def add_photo(member: Member, raw: bytes, *, alt: str = "") -> Photo:
    """Cleans the bytes and puts the photo last. Raises what `cleaned` does, and TooManyPhotos."""
    return keep_photo(member, cleaned(raw), alt=alt)


def keep_photo(member: Member, picture: images.CleanImage, *, alt: str = "") -> Photo:
    """Keeps the variants under a name nobody can guess; the photo is the member's last. Raises TooManyPhotos."""
    key = secrets.token_urlsafe(32)
    for name, content in picture.variants.items():
        default_storage.save(path(key, name), ContentFile(content))
    with transaction.atomic():
        count = len(locked_photos(member))
        if count >= MAX_PHOTOS:
            discard(key)
            raise TooManyPhotos
        photo = Photo.objects.create(
            member=member,
            position=count,
            key=key,
            width=picture.width,
            height=picture.height,
            thumbhash=picture.placeholder,
            alt=alt,
            digest=hashlib.sha256(picture.variants["page.webp"]).hexdigest(),
        )
        profile_changed.send(Profile, member_ids=[member.pk])
    return photo


def locked_photos(member: Member) -> list[Photo]:
    """The member's photos in their order; nobody else changes them until the transaction ends."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    return list(Photo.objects.filter(member=member).order_by("position"))


def named(photos: list[Photo], photo_id: UUID, expected_version: int | None) -> Photo:
    """The one of this id. Raises NotFound; PreconditionFailed when the caller has seen an older version."""
    photo = next((photo for photo in photos if photo.id == photo_id), None)
    if photo is None:
        raise NotFound
    if expected_version is not None and photo.version != expected_version:
        raise PreconditionFailed
    return photo


def remove_photo(member: Member, photo_id: UUID, *, expected_version: int | None = None) -> None:
    """Deletes the photo and its files; those behind move up. Raises NotFound, PreconditionFailed."""
    with transaction.atomic():
        photos = locked_photos(member)
        photo = named(photos, photo_id, expected_version)
        photo.delete()
        number([other for other in photos if other is not photo])
        profile_changed.send(Profile, member_ids=[member.pk])
        transaction.on_commit(lambda: discard(photo.key), robust=True)


def erase_photos(member: Member) -> None:
    """The files of somebody who leaves; their rows go with the member's."""
    for key in Photo.objects.filter(member=member).values_list("key", flat=True):
        transaction.on_commit(partial(discard, key), robust=True)


def change_photo(
    member: Member, photo_id: UUID, *, position: int | None = None, alt: str | None = None, expected_version: int | None = None
) -> Photo:
    """Moves a photo (0 is the card's; the others keep their order), or says what it shows. Raises NotFound, PreconditionFailed."""
    with transaction.atomic():
        photos = locked_photos(member)
        photo = named(photos, photo_id, expected_version)
        if alt is not None and alt != photo.alt:
            Photo.objects.filter(id=photo_id).update(alt=alt, version=F("version") + 1)
            profile_changed.send(Profile, member_ids=[member.pk])
        if position is not None:
            photos.remove(photo)
            photos.insert(position, photo)
            number(photos)
            profile_changed.send(Profile, member_ids=[member.pk])
    return Photo.objects.get(id=photo_id)


def hide_photos(photos: Iterable[Photo], *, hidden: bool) -> int:
    """Staff take photos out of everybody's sight, and their members are told once, or bring them back; how many."""
    before, after = (Photo.Status.READY, Photo.Status.HIDDEN) if hidden else (Photo.Status.HIDDEN, Photo.Status.READY)
    count, owners = 0, set()
    with transaction.atomic():
        for photo in photos:
            if photo.status == before:
                photo.status, photo.version = after, photo.version + 1
                photo.save(update_fields=["status", "version"])
                profile_changed.send(Profile, member_ids=[photo.member_id])
                owners.add(photo.member_id)
                count += 1
        for owner in Member.objects.filter(pk__in=owners if hidden else []):
            mails.write("photo_hidden", owner)
    return count


def number(photos: list[Photo]) -> None:
    """Positions by the order of the list; through numbers nobody has, because two may not share one at any moment."""
    moved = [(photo, position) for position, photo in enumerate(photos) if photo.position != position]
    for photo, position in moved:
        Photo.objects.filter(id=photo.id).update(position=position + MAX_PHOTOS)
    for photo, position in moved:
        Photo.objects.filter(id=photo.id).update(position=position, version=F("version") + 1)


def discard(key: str) -> None:
    for name in images.VARIANTS:
        default_storage.delete(path(key, name))


def content_of(photo: Photo, variant: str) -> bytes:
    """The file, such as `page.jpg`. Raises OSError when there is none, Unavailable when the bucket does not answer."""
    try:
        return storage.read(path(photo.key, variant))
    except FileNotFoundError:
        if images.ending_of(variant) != "jpg":
            raise
        return make_jpeg(photo, variant)


def make_jpeg(photo: Photo, variant: str) -> bytes:
    """Of a photo from the time when only WebP was made. The row is locked: who deletes it meanwhile finds this file, too.

    Several may be asked for it at once: each makes it, one keeps it.
    """
    content = images.as_jpeg(storage.read(path(photo.key, variant.replace(".jpg", ".webp"))))
    with transaction.atomic():
        if Photo.objects.select_for_update().filter(pk=photo.pk).first() is None:
            raise FileNotFoundError(photo.key)
        if not default_storage.exists(path(photo.key, variant)):
            storage.write_whole(path(photo.key, variant), content)
    return content


def path(key: str, variant: str) -> str:
    """Where a variant lies, `page.webp` for instance."""
    return f"photos/{key[:2]}/{key}-{variant}"
