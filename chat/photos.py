"""Photos beside a message: only one's own, and only what is ready to be seen."""

from collections.abc import Iterable
from uuid import UUID

from chat.frames import Photo as PhotoFrame
from media.models import Photo
from media.selectors import as_dict


def ready_photos(photo_ids: Iterable[UUID | None]) -> dict[UUID, Photo]:
    """The photos that may be shown, by id; no query without ids."""
    wanted = {photo_id for photo_id in photo_ids if photo_id is not None}
    if not wanted:
        return {}
    return {photo.pk: photo for photo in Photo.objects.filter(id__in=wanted, status=Photo.Status.READY)}


def photo_frame(photo: Photo) -> PhotoFrame:
    shown = as_dict(photo)
    return {"id": shown["id"], "urls": shown["urls"], "width": shown["width"], "height": shown["height"], "alt": shown["alt"]}
