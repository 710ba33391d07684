"""Where old documents are read from: a folder that mongodump wrote, or a server. One at a time, however large the collection.

Every document is cut out by its length and decoded alone, so one that is broken costs no other.
"""

import gzip
import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol, cast
from urllib.parse import urlsplit

import bson
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from bson.objectid import ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.errors import ConfigurationError, PyMongoError

from ops.legacy.values import folded, identifier

OPTIONS: CodecOptions[Any] = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
SMALLEST, LARGEST = 5, 16 * 1024 * 1024 + 16 * 1024
SUFFIXES = (".bson", ".bson.gz")
NOT_DATA = {"admin", "config", "local"}


class NoSource(Exception):
    """There is nothing to read from; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Document:
    """`key` is its id as text, `fields` have folded names, `born` is the time inside an ObjectId."""

    key: str
    fields: dict[str, Any]
    born: datetime | None = None
    has_id: bool = True


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are no document; `key` says where they stand."""

    key: str
    reason: str


class Source(Protocol):
    name: str

    def collections(self) -> list[str]: ...

    def count(self, collection: str) -> int: ...

    def read(self, collection: str) -> Iterator[Document | Broken]: ...


def open_source(place: str, database: str = "") -> Source:
    """Raises NoSource."""
    return Server(place, database) if place.startswith(("mongodb://", "mongodb+srv://")) else Dump(Path(place), database)


def parsed(raw: bytes, where: str) -> Document | Broken:
    try:
        fields = folded(bson.decode(raw, OPTIONS))
    except (BSONError, ValueError, OverflowError, RecursionError):
        return Broken(where, "broken_bson")
    own = fields.get("_id")
    key = identifier(own)
    return Document(
        key or f"sha256 {hashlib.sha256(raw).hexdigest()}", fields, own.generation_time if isinstance(own, ObjectId) else None, bool(key)
    )


class Dump:
    """The folder of one database in a dump, or the one above it when there is but one."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.files = {name_of(path): path for path in sorted(database_folder(folder, database).iterdir()) if is_data(path)}
        self.name = str(folder)
        if not self.files:
            raise NoSource(f"There is no .bson or .bson.gz file in {folder}.")

    def collections(self) -> list[str]:
        return list(self.files)

    def count(self, collection: str) -> int:
        return sum(1 for _ in self.frames(collection))

    def read(self, collection: str) -> Iterator[Document | Broken]:
        for offset, raw in self.frames(collection):
            where = f"byte {offset}"
            yield parsed(raw, where) if raw is not None else Broken(where, "truncated")

    def frames(self, collection: str) -> Iterator[tuple[int, bytes | None]]:
        """Where each document begins, and its bytes; None where the file ends inside one or the length makes no sense."""
        path, offset = self.files[collection], 0
        opener = cast(Callable[..., IO[bytes]], gzip.open if path.suffix == ".gz" else Path.open)
        with opener(path, "rb") as file:
            try:
                while head := file.read(4):
                    size = struct.unpack("<i", head)[0] if len(head) == 4 else 0
                    body = file.read(size - 4) if SMALLEST <= size <= LARGEST else b""
                    if len(body) != size - 4:
                        yield offset, None
                        return
                    yield offset, head + body
                    offset += size
            except (EOFError, OSError):  # compressed, and cut off
                yield offset, None


def is_data(path: Path) -> bool:
    return path.is_file() and path.name.endswith(SUFFIXES) and not path.name.startswith(("system.", "oplog."))


def name_of(path: Path) -> str:
    return path.name.partition(".bson")[0]


def database_folder(folder: Path, database: str) -> Path:
    if not folder.is_dir():
        raise NoSource(f"There is no folder {folder}.")
    if any(map(is_data, folder.iterdir())):
        return folder
    inner = {path.name: path for path in sorted(folder.iterdir()) if path.is_dir() and path.name not in NOT_DATA}
    if database and database not in inner:
        raise NoSource(f"There is no database {database} in {folder}.")
    if not database and len(inner) != 1:
        raise NoSource(f"Name one with --database: {', '.join(inner) or 'there is none'}.")
    return inner[database] if database else next(iter(inner.values()))


class Server:
    """A live database, read in the order of its ids."""

    def __init__(self, uri: str, database: str = "") -> None:
        parts = urlsplit(uri)
        try:
            client: MongoClient[RawBSONDocument] = MongoClient(uri, document_class=RawBSONDocument, serverSelectionTimeoutMS=5000)
            self.database = client[database] if database else client.get_default_database()
            self.names = sorted(name for name in self.database.list_collection_names() if not name.startswith("system."))
        except ConfigurationError:
            raise NoSource("The address names no database: add it behind the slash, or with --database.") from None
        except PyMongoError as error:
            raise NoSource(f"MongoDB does not answer ({type(error).__name__}).") from None
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{self.database.name}"

    def collections(self) -> list[str]:
        return self.names

    def count(self, collection: str) -> int:
        return int(self.database[collection].estimated_document_count())

    def read(self, collection: str) -> Iterator[Document | Broken]:
        with self.database[collection].find(sort=[("_id", 1)]) as documents:
            for place, document in enumerate(documents):
                yield parsed(bytes(document.raw), f"document {place}")
