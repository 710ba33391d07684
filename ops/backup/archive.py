"""One backup is one archive: the database's dump, the uploaded files, and a manifest that says what belongs to it."""

import gzip
import hashlib
import json
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
FORMAT = 1
BLOCK = 1024 * 1024
UNREADABLE = (OSError, EOFError, tarfile.TarError, zlib.error)


class Damaged(Exception):
    """The archive is not what its manifest says; the sentence says where."""


@dataclass(frozen=True)
class Table:
    """How many rows, and a digest of them that does not depend on their order."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    created_at: str
    engine: str
    tables: dict[str, Table]
    files: dict[str, dict[str, Any]]  # path in the archive → {"size", "sha256"}
    format: int = FORMAT

    @classmethod
    def read(cls, text: bytes) -> "Manifest":
        values = json.loads(text)
        return cls(**{**values, "tables": {name: Table(**table) for name, table in values["tables"].items()}})


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def contents(folder: Path) -> dict[str, dict[str, Any]]:
    """Every file below a folder with size and digest."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): {"size": path.stat().st_size, "sha256": sha256(path)} for path in found}


def pack(folder: Path, target: Path, manifest: Manifest) -> None:
    """Writes the archive; the manifest comes first, so that looking at it reads no more than it has to."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        for name in [MANIFEST, *manifest.files]:
            archive.add(folder / name, arcname=name, recursive=False)


def read_manifest(path: Path) -> Manifest:
    """Raises Damaged when the archive has no readable manifest."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            member = archive.next()
            if member is None or member.name != MANIFEST:
                raise Damaged(f"{path.name} does not begin with a manifest.")
            file = archive.extractfile(member)
            assert file is not None
            return Manifest.read(file.read())
    except (*UNREADABLE, ValueError, TypeError, KeyError) as error:
        raise Damaged(f"{path.name} cannot be read: {type(error).__name__}.") from None


def verify(path: Path) -> Manifest:
    """Reads the whole archive and compares every file with the manifest. Raises Damaged."""
    manifest = read_manifest(path)
    try:
        read_through(path)
        seen = dict(measured(path))
    except (*UNREADABLE, ValueError) as error:
        raise Damaged(f"{path.name} breaks off: {type(error).__name__}.") from None
    if missing := sorted(set(manifest.files) - set(seen)):
        raise Damaged(f"{path.name} lacks {missing[0]}.")
    for name, expected in manifest.files.items():
        if seen[name] != expected:
            raise Damaged(f"{path.name}: {name} is not what was backed up.")
    return manifest


def read_through(path: Path) -> None:
    """To the very end: only there gzip knows whether what lies between the files is whole."""
    with gzip.open(path) as stream:
        while stream.read(BLOCK):
            pass


def measured(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None or member.name == MANIFEST:
                continue
            digest, size = hashlib.sha256(), 0
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
            yield member.name, {"size": size, "sha256": digest.hexdigest()}


def unpack(path: Path, folder: Path) -> Manifest:
    """Verifies, then extracts into an empty folder. Raises Damaged."""
    manifest = verify(path)
    with tarfile.open(path, "r:gz") as archive:
        archive.extractall(folder, filter="data")
    return manifest
