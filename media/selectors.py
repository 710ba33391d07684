"""Reading photos."""

from collections.abc import Iterable
from typing import TypedDict
from uuid import UUID

from media import images
from media.addresses import photo_addresses
from media.models import Photo

SIZES = sorted(images.SIZES)


class PhotoDict(TypedDict):
    id: str
    position: int
    status: str
    width: int
    height: int
    thumbhash: str
    urls: dict[str, str]
    jpeg_urls: dict[str, str]
    alt: str


def as_dict(photo: Photo) -> PhotoDict:
    addresses = photo_addresses(photo.key, images.VARIANTS)
    return {
        "id": str(photo.id),
        "position": photo.position,
        "status": photo.status,
        "width": photo.width,
        "height": photo.height,
        "thumbhash": photo.thumbhash,
        "urls": {size: addresses[f"{size}.webp"] for size in SIZES},
        "jpeg_urls": {size: addresses[f"{size}.jpg"] for size in SIZES},
        "alt": photo.alt,
    }


def photos_of(member_ids: Iterable[UUID]) -> dict[UUID, list[PhotoDict]]:
    """Each member's ready photos in their order, in one query."""
    found: dict[UUID, list[PhotoDict]] = {}
    for photo in Photo.objects.filter(member_id__in=list(member_ids), status=Photo.Status.READY).order_by("member_id", "position"):
        found.setdefault(photo.member_id, []).append(as_dict(photo))
    return found


def has_photo(member_id: UUID) -> bool:
    return Photo.objects.filter(member_id=member_id, status=Photo.Status.READY).exists()
