"""What media holds about a member."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

from accounts.models import Member
from accounts.privacy.registry import excused, exported, exported_files
from media import storage
from media.models import OldPhoto, Photo, Upload
from media.services import path


def photo_files(member: Member) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    for photo in Photo.objects.filter(member=member):
        yield f"photos/{photo.pk}.webp", partial(opened, path(photo.key, "page.webp"))


def opened(name: str) -> IO[bytes]:
    return io.BytesIO(storage.read(name))


def register() -> None:
    exported(Photo, "member")
    exported(Upload, "member")
    exported(OldPhoto, "member")
    excused(Upload, "photo", why="the photo is exported itself")
    exported_files(photo_files)
