"""Where backups lie: a folder of archives, each published whole under its final name or not at all."""

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from ops.backup import archive, documents, engines
from ops.backup.archive import Damaged, Manifest
from ops.backup.rotation import Kept

NAME = re.compile(r"alliv-(\d{8}T\d{6}Z)\.tar\.gz")
STAMP = "%Y%m%dT%H%M%SZ"


class Locked(Exception):
    """Another run holds the lock."""


class NothingThere(Exception):
    """There is no backup of this name, or none at all."""


def folder() -> Path:
    path = Path(settings.BACKUP_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked() -> Iterator[None]:
    """One run at a time, over all processes of this machine. Raises Locked."""
    with (folder() / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked from None
        yield


def paths() -> list[Path]:
    """The published archives, newest first."""
    return sorted((path for path in folder().iterdir() if NAME.fullmatch(path.name)), reverse=True)


def find(name: str | None) -> Path:
    """The archive of this name, the newest without one. Raises NothingThere."""
    found = [path for path in paths() if name is None or path.name == name]
    if not found:
        raise NothingThere(f"There is no backup {name}." if name else f"There is no backup in {folder()}.")
    return found[0]


def made_at(path: Path) -> datetime:
    stamp = NAME.fullmatch(path.name)
    assert stamp
    return datetime.strptime(stamp[1], STAMP).replace(tzinfo=UTC)


def kept() -> list[Kept]:
    """Every archive with whether it holds what its manifest says."""
    return [Kept(path.name, made_at(path), is_good(path)) for path in paths()]


def is_good(path: Path) -> bool:
    try:
        archive.verify(path)
    except Damaged:
        return False
    return True


def make() -> tuple[Path, Manifest]:
    """Dumps, packs, verifies and publishes; the archive's path. Whatever fails, nothing half-made is published."""
    now = datetime.now(UTC)
    final = folder() / f"alliv-{now.strftime(STAMP)}.tar.gz"
    with tempfile.TemporaryDirectory(prefix="making-", dir=folder()) as scratch:
        inside, packed = Path(scratch) / "contents", Path(scratch) / "packed"
        inside.mkdir()
        database = engines.engine()
        tables = database.dump(inside / "database")
        if documents.configured():
            tables |= documents.dump(inside)
        copy_media(inside / "media")
        manifest = Manifest(now.isoformat(timespec="seconds"), database.name, tables, archive.contents(inside))
        archive.pack(inside, packed, manifest)
        archive.verify(packed)
        packed.replace(final)
    return final, manifest


def copy_media(target: Path) -> None:
    """By hard links where the file system allows: photos never change under their name."""
    source = Path(settings.MEDIA_ROOT)
    for path in sorted(source.rglob("*")) if source.exists() else []:
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, copy)
            except OSError:
                copy.write_bytes(path.read_bytes())
