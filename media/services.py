"""What members do with their photos."""

import hashlib
import secrets
from functools import partial
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import Member, Profile
from accounts.signals import profile_changed
from media import images
from media.models import Photo
from ops.errors import Conflict, Invalid, NotFound, Problem, TooLarge

MAX_PHOTOS = 6


class UnsupportedPhoto(Problem):
    status, code, detail = 415, "unsupported_media_type", "A photo is a JPEG, PNG or WebP file."


class TooManyPhotos(Conflict):
    code, detail = "too_many_photos", f"A profile has up to {MAX_PHOTOS} photos."


REFUSALS: dict[str, type[Problem]] = {"too_large": TooLarge, "unsupported_media_type": UnsupportedPhoto}


def cleaned(raw: bytes) -> images.CleanImage:
    """The clean picture. Raises TooLarge, UnsupportedPhoto or Invalid."""
    try:
        return images.clean(raw)
    except images.ImageRefused as refusal:
        raise REFUSALS.get(refusal.code, Invalid)(str(refusal)) from None


def add_photo(member: Member, raw: bytes, *, alt: str = "") -> Photo:
    """Cleans the bytes, keeps the variants under a name nobody can guess, and puts the photo last."""
    picture = cleaned(raw)
    key = secrets.token_urlsafe(32)
    for name, content in picture.variants.items():
        default_storage.save(path(key, name), ContentFile(content))
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        count = Photo.objects.filter(member=member).count()
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
            digest=hashlib.sha256(picture.variants["page"]).hexdigest(),
        )
        profile_changed.send(Profile, member_ids=[member.pk])
    return photo


def remove_photo(member: Member, photo_id: UUID) -> None:
    """Deletes the photo and its files; those behind move up. Raises NotFound."""
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        photo = Photo.objects.filter(member=member, id=photo_id).first()
        if photo is None:
            raise NotFound
        photo.delete()
        number(list(Photo.objects.filter(member=member).order_by("position")))
        profile_changed.send(Profile, member_ids=[member.pk])
        transaction.on_commit(lambda: discard(photo.key), robust=True)


def erase_photos(member: Member) -> None:
    """The files of somebody who leaves; their rows go with the member's."""
    for key in Photo.objects.filter(member=member).values_list("key", flat=True):
        transaction.on_commit(partial(discard, key), robust=True)


def describe_photo(member: Member, photo_id: UUID, alt: str) -> None:
    """Sets the text for people who cannot see it. Raises NotFound."""
    if not Photo.objects.filter(member=member, id=photo_id).update(alt=alt):
        raise NotFound


def move_photo(member: Member, photo_id: UUID, position: int) -> None:
    """Puts a photo at a position (0 is the card's); the others keep their order. Raises NotFound."""
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        photos = list(Photo.objects.filter(member=member).order_by("position"))
        moved = next((photo for photo in photos if photo.id == photo_id), None)
        if moved is None:
            raise NotFound
        photos.remove(moved)
        photos.insert(position, moved)
        number(photos)
        profile_changed.send(Profile, member_ids=[member.pk])


def number(photos: list[Photo]) -> None:
    """Positions by the order of the list; through numbers nobody has, because two may not share one at any moment."""
    for step in (MAX_PHOTOS, 0):
        for position, photo in enumerate(photos):
            Photo.objects.filter(id=photo.id).update(position=position + step)


def discard(key: str) -> None:
    for name in images.SIZES:
        default_storage.delete(path(key, name))


def path(key: str, variant: str) -> str:
    return f"photos/{key[:2]}/{key}-{variant}.webp"
