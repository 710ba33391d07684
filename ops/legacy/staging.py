"""Sorting more documents than fit into memory: through a scratch file that nobody else sees."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import bson

from ops.legacy.sources import OPTIONS, Document

Place = Callable[[Document], str]


def in_order(documents: Iterable[Document], place: Place) -> Iterator[Document]:
    """All of them, sorted by their place; those of the same place as they came."""
    with tempfile.TemporaryDirectory(prefix="alliv-import-") as folder:
        file = sqlite3.connect(Path(folder) / "sorted.sqlite3", isolation_level=None)
        try:
            file.execute("PRAGMA synchronous=OFF")
            file.execute("CREATE TABLE staged (place TEXT, number INTEGER, document BLOB, PRIMARY KEY (place, number)) WITHOUT ROWID")
            file.execute("BEGIN")
            rows = ((place(document), number, packed(document)) for number, document in enumerate(documents))
            file.executemany("INSERT INTO staged VALUES (?, ?, ?)", rows)
            file.execute("COMMIT")
            for (raw,) in file.execute("SELECT document FROM staged ORDER BY place, number"):
                yield unpacked(raw)
        finally:
            file.close()


def packed(document: Document) -> bytes:
    return bson.encode({"key": document.key, "fields": document.fields, "born": document.born, "has_id": document.has_id})


def unpacked(raw: bytes) -> Document:
    row: dict[str, Any] = bson.decode(raw, OPTIONS)
    return Document(row["key"], row["fields"], row["born"], row["has_id"])
