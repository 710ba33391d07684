"""The documents that are kept in MongoDB, when something is: as mongodump lays them out, one `.bson` file a collection.

Taken after the main database, so that they hold all that the main database speaks of; what is there beyond that is found by whoever writes
next. Restoring replaces the collections.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from django.conf import settings
from django.db import connections

from ops.backup.archive import Table
from ops.backup.engines import DIGEST_MODULUS
from ops.ids import uuid7

ALIAS = "mongodb"
FOLDER = "mongodb"
BATCH = 1000
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


def configured() -> bool:
    return ALIAS in settings.DATABASES


def database() -> Any:
    return connections[ALIAS].get_database()  # type: ignore[attr-defined]


def collections() -> list[str]:
    return sorted(name for name in database().list_collection_names() if not name.startswith("system."))


def dump(folder: Path) -> dict[str, Table]:
    """Writes every collection below `folder`, and says what is in it."""
    target = folder / FOLDER / str(database().name)
    target.mkdir(parents=True)
    tables: dict[str, Table] = {}
    for name in collections():
        with (target / f"{name}.bson").open("wb") as file:
            rows = total = 0
            for document in database()[name].with_options(codec_options=RAW).find():
                file.write(document.raw)
                rows, total = rows + 1, total + fingerprint(document)
        tables[table_name(name)] = Table(rows, f"{total % DIGEST_MODULUS:015x}")
    return tables


def restore(folder: Path) -> None:
    """Puts back what `dump` wrote; other collections stay."""
    for path in files(folder):
        load(path, database()[path.stem])


def restored_tables(folder: Path) -> dict[str, Table]:
    """Puts each into a scratch collection, says what is in it, and drops it."""
    tables: dict[str, Table] = {}
    for path in files(folder):
        scratch = database()[f"alliv_drill_{uuid7().hex[-12:]}"]
        try:
            load(path, scratch)
            found = [fingerprint(document) for document in scratch.with_options(codec_options=RAW).find()]
            tables[table_name(path.stem)] = Table(len(found), f"{sum(found) % DIGEST_MODULUS:015x}")
        finally:
            scratch.drop()
    return tables


def files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*/*.bson"))


def load(path: Path, collection: Any) -> None:
    collection.delete_many({})
    for batch in batches(path):
        collection.insert_many(batch)


def batches(path: Path) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    with path.open("rb") as file:
        for document in bson.decode_file_iter(file, RAW):
            batch.append(document)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def table_name(collection: str) -> str:
    return f"{FOLDER}.{collection}"


def fingerprint(document: RawBSONDocument) -> int:
    return int.from_bytes(hashlib.sha256(document.raw).digest()[:8])
