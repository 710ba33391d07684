"""Bringing a backup back, for real or as a drill."""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from ops.backup import archive, documents, engines
from ops.backup.archive import Manifest, Table


class NotEmpty(Exception):
    """The target holds members."""


class Different(Exception):
    """What came back is not what was backed up."""


def restore(path: Path, *, force: bool) -> Manifest:
    """Replaces database and files. Raises NotEmpty without `force`, archive.Damaged, engines.RestoreFailed."""
    database = engines.engine()
    if not force and not database.is_empty():
        raise NotEmpty("This database holds members: add --force to replace them.")
    with tempfile.TemporaryDirectory() as scratch:
        manifest = unpacked(path, Path(scratch), database)
        database.restore(Path(scratch) / "database")
        if documents.configured():
            documents.restore(Path(scratch))
        bring_back_files(Path(scratch) / "media")
    return manifest


def drill(path: Path) -> Manifest:
    """Restores into scratch and compares every table's rows and digest. Raises Different."""
    database = engines.engine()
    with tempfile.TemporaryDirectory() as scratch:
        manifest = unpacked(path, Path(scratch), database)
        seen = database.restored_tables(Path(scratch) / "database")
        if documents.configured():
            seen |= documents.restored_tables(Path(scratch))
        compare(manifest.tables, seen)
    return manifest


def unpacked(path: Path, folder: Path, database: engines.Engine) -> Manifest:
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
    if source.exists():
        shutil.copytree(source, settings.MEDIA_ROOT, dirs_exist_ok=True)
