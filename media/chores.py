"""What media throws away: uploads nobody completed, and files that belong to nothing."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from media.models import Photo, Upload
from ops.housekeeping import chore, errand

OLD = timedelta(days=1)  # a file is written before its row
BATCH = 500


def register() -> None:
    chore("uploads", lambda: Upload.objects.filter(expires_at__lt=timezone.now() - OLD))
    errand("orphan_files", delete_orphans)


def delete_orphans(*, dry_run: bool = False) -> int:
    """Deletes files without a row; how many there were."""
    gone = 0
    for name in orphans():
        gone += 1
        if not dry_run:
            default_storage.delete(name)
    return gone


def orphans() -> Iterator[str]:
    for folder in folders("photos"):
        yield from unknown(folder, [name for name in files(folder) if is_old(f"{folder}/{name}")])
    yield from (f"uploads/{name}" for name in files("uploads") if is_old(f"uploads/{name}"))


def unknown(folder: str, names: list[str]) -> Iterator[str]:
    for start in range(0, len(names), BATCH):
        keys = {name: name.rpartition("-")[0] for name in names[start : start + BATCH]}
        known = set(Photo.objects.filter(key__in=set(keys.values())).values_list("key", flat=True))
        yield from (f"{folder}/{name}" for name, key in keys.items() if key not in known)


def folders(root: str) -> list[str]:
    return [f"{root}/{name}" for name in listed(root)[0]]


def files(folder: str) -> list[str]:
    return listed(folder)[1]


def listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:  # nobody has any yet
        return [], []


def is_old(name: str) -> bool:
    return default_storage.get_modified_time(name) < timezone.now() - OLD
