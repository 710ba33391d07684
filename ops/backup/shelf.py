"""Where archives lie, each with its digest beside it: a folder, or a bucket (`BACKUP_DIR=s3://bucket/prefix`)."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from re import Pattern
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

from ops.backup.archive import Damaged, sha256
from ops.backup.bucket import Objects

DIGEST = ".sha256"


class Shelf(Protocol):
    def sizes(self) -> dict[str, int]:
        """Every published file by name."""

    def publish(self, packed: Path) -> None:
        """Whole under its name, or not at all. Its digest lies beside it, see `note_of`."""

    def fetched(self, name: str) -> AbstractContextManager[Path]:
        """A local file with this content, for as long as the block lasts."""

    def note(self, name: str) -> str:
        """What it was published with: its digest, and its number in the order of publishing; empty for one of before there were notes."""

    def delete(self, name: str) -> None: ...

    def give_up(self, names: Pattern[str], *, before: datetime, dry_run: bool) -> list[str]:
        """Lets go of what was being published under such names before then, and never was; the names."""


def note_of(packed: Path) -> Path:
    """The file with an archive's digest, as sha256sum writes it."""
    return packed.with_name(f"{packed.name}{DIGEST}")


def is_whole(packed: Path) -> bool:
    note = note_of(packed)
    return note.exists() and note.read_text()[:64] == sha256(packed)


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def sizes(self) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in self.path.iterdir() if path.is_file()}

    def publish(self, packed: Path) -> None:
        note = note_of(packed)
        (self.path / note.name).write_text(note.read_text())
        packed.replace(self.path / packed.name)

    @contextmanager
    def fetched(self, name: str) -> Iterator[Path]:
        yield self.path / name

    def note(self, name: str) -> str:
        path = self.path / f"{name}{DIGEST}"
        return path.read_text() if path.exists() else ""

    def delete(self, name: str) -> None:
        (self.path / name).unlink()
        (self.path / f"{name}{DIGEST}").unlink(missing_ok=True)

    def give_up(self, names: Pattern[str], *, before: datetime, dry_run: bool) -> list[str]:
        return []


class Bucket:
    """The digest comes last: an archive without one was never published, whatever became of who uploaded it."""

    def __init__(self, bucket: str, prefix: str, *, patience: int = 60) -> None:
        self.objects = Objects(bucket, prefix, patience=patience)

    def sizes(self) -> dict[str, int]:
        found = self.objects.sizes()
        return {name: size for name, size in found.items() if f"{name}{DIGEST}" in found}

    def publish(self, packed: Path) -> None:
        name, note = packed.name, note_of(packed)
        if self.objects.sizes().get(name) != packed.stat().st_size:  # else only the digest is missing
            self.objects.put(packed, name)
        with self.fetched(name) as there:
            if sha256(there) != note.read_text()[:64]:
                self.objects.delete(name)
                raise Damaged("The bucket did not keep what was uploaded.")
        self.objects.put(note, note.name)

    @contextmanager
    def fetched(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="fetched-") as folder:
            path = Path(folder) / name
            self.objects.fetch(name, path)
            yield path

    def note(self, name: str) -> str:
        with self.fetched(f"{name}{DIGEST}") as path:
            return path.read_text()

    def delete(self, name: str) -> None:
        self.objects.delete(f"{name}{DIGEST}")
        self.objects.delete(name)

    def give_up(self, names: Pattern[str], *, before: datetime, dry_run: bool) -> list[str]:
        return self.objects.give_up(names, before=before, dry_run=dry_run)


def shelf(*, patience: int = 60) -> Shelf:
    place = urlsplit(str(settings.BACKUP_DIR))
    if place.scheme == "s3":
        prefix = place.path.strip("/")
        return Bucket(place.netloc, f"{prefix}/" if prefix else "", patience=patience)
    return Folder(workshop())


def workshop() -> Path:
    """Where archives are made and the lock lies: the folder itself, or one of this machine beside a bucket."""
    remote = urlsplit(str(settings.BACKUP_DIR)).scheme == "s3"
    path = Path(settings.VAR_DIR) / "backups" if remote else Path(settings.BACKUP_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path
