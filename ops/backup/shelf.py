"""Where archives lie, each with its digest beside it: a folder, or a bucket (`BACKUP_DIR=s3://bucket/prefix`)."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

from ops.backup.archive import Damaged, sha256
from ops.backup.bucket import Objects

DIGEST = ".sha256"


class Shelf(Protocol):
    def sizes(self) -> dict[str, int]:
        """Every published file by name."""

    def publish(self, packed: Path, name: str) -> None:
        """Whole under this name, or not at all."""

    def fetched(self, name: str) -> AbstractContextManager[Path]:
        """A local file with this content, for as long as the block lasts."""

    def digest(self, name: str) -> str:
        """What it was published with; empty for one of before there were digests."""

    def delete(self, name: str) -> None: ...


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def sizes(self) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in self.path.iterdir() if path.is_file()}

    def publish(self, packed: Path, name: str) -> None:
        (self.path / f"{name}{DIGEST}").write_text(f"{sha256(packed)}  {name}\n")
        packed.replace(self.path / name)

    @contextmanager
    def fetched(self, name: str) -> Iterator[Path]:
        yield self.path / name

    def digest(self, name: str) -> str:
        path = self.path / f"{name}{DIGEST}"
        return path.read_text()[:64] if path.exists() else ""

    def delete(self, name: str) -> None:
        (self.path / name).unlink()
        (self.path / f"{name}{DIGEST}").unlink(missing_ok=True)


class Bucket:
    """The digest comes last: an archive without one was never published, whatever became of who uploaded it."""

    def __init__(self, bucket: str, prefix: str, *, patience: int = 60) -> None:
        self.objects = Objects(bucket, prefix, patience=patience)

    def sizes(self) -> dict[str, int]:
        found = self.objects.sizes()
        return {name: size for name, size in found.items() if f"{name}{DIGEST}" in found}

    def publish(self, packed: Path, name: str) -> None:
        self.objects.put(packed, name)
        expected = sha256(packed)
        with self.fetched(name) as there:
            if sha256(there) != expected:
                raise Damaged("The bucket did not keep what was uploaded.")
        note = packed.with_name("digest")
        note.write_text(f"{expected}  {name}\n")
        self.objects.put(note, f"{name}{DIGEST}")

    @contextmanager
    def fetched(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="fetched-") as folder:
            path = Path(folder) / name
            self.objects.fetch(name, path)
            yield path

    def digest(self, name: str) -> str:
        with self.fetched(f"{name}{DIGEST}") as path:
            return path.read_text()[:64]

    def delete(self, name: str) -> None:
        self.objects.delete(f"{name}{DIGEST}")
        self.objects.delete(name)


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
