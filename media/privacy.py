"""What media holds about a member."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

from django.core.files.storage import default_storage

from accounts.models import Member
from accounts.privacy.registry import exported, exported_files
from media.models import Photo
from media.services import path


def photo_files(member: Member) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    for photo in Photo.objects.filter(member=member):
        yield f"photos/{photo.pk}.webp", partial(default_storage.open, path(photo.key, "page"))


def register() -> None:
    exported(Photo, "member")
    exported_files(photo_files)
