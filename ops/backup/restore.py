"""Bringing a backup back, for real or as a drill."""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from ops.backup import archive, documents, engines, store
from ops.backup.archive import Manifest, Table
from ops.backup.bucket import Objects


class NotEmpty(Exception):
    """The target holds members."""


class Different(Exception):
    """What came back is not what was backed up."""


def restore(name: str, *, force: bool) -> Manifest:
    """Replaces database and files. Raises NotEmpty without `force`, archive.Damaged, sealing.NoKey, engines.RestoreFailed."""
    database = engines.engine()
    if not force and not database.is_empty():
        raise NotEmpty("This database holds members: add --force to replace them.")
    with tempfile.TemporaryDirectory() as scratch:
        manifest = unpacked(name, Path(scratch), database)
        database.restore(Path(scratch) / "database")
        if documents.configured():
            documents.restore(Path(scratch))
        bring_back_files(Path(scratch) / "media")
    return manifest


def drill(name: str) -> Manifest:
    """Restores into scratch and compares every table's rows and digest. Raises Different."""
    database = engines.engine()
    with tempfile.TemporaryDirectory() as scratch:
        manifest = unpacked(name, Path(scratch), database)
        seen = database.restored_tables(Path(scratch) / "database")
        if documents.configured():
            seen |= documents.restored_tables(Path(scratch))
        compare(manifest.tables, seen)
    return manifest


def unpacked(name: str, folder: Path, database: engines.Engine) -> Manifest:
    with store.opened(name) as path:
        manifest = archive.unpack(path, folder)
    if manifest.engine != database.name:
        raise Different(f"This backup is of {manifest.engine}, and the database here is {database.name}.")
    if documents.files(folder) and not documents.configured():
        raise Different("This backup has messages of MongoDB: CHAT_DATABASE_URL has to name where they shall be.")
    return manifest


def compare(expected: dict[str, Table], seen: dict[str, Table]) -> None:
    for name, table in expected.items():
        if seen.get(name) != table:
            raise Different(
                f"Table {name} came back with {seen[name].rows if name in seen else 'no'} of {table.rows} rows or changed ones."
            )


def bring_back_files(source: Path) -> None:
    if settings.S3_BUCKET:
        photos = Objects(settings.S3_BUCKET)
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            photos.put(path, path.relative_to(source).as_posix())
    elif source.exists():
        shutil.copytree(source, settings.MEDIA_ROOT, dirs_exist_ok=True)
