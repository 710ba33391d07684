"""Making backups and finding them again: each is published whole under its final name or not at all."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from ops.backup import archive, documents, engines, sealing
from ops.backup.archive import Damaged, Manifest
from ops.backup.bucket import Objects
from ops.backup.rotation import Kept
from ops.backup.shelf import is_whole, note_of, shelf, workshop

NAME = re.compile(r"alliv-([0-9]{8}T[0-9]{6}Z)\.tar\.gz(\.age)?")
ORDER = re.compile(r"^# (\d+)$", re.MULTILINE)  # sha256sum takes it for a comment
STAMP = "%Y%m%dT%H%M%SZ"
MAKING, WAITING = "making-", "waiting"
AHEAD = timedelta(hours=1)  # as far as clocks that are well disagree
GIVE_UP = timedelta(days=2)  # no upload takes as long


class Locked(Exception):
    """Another run holds the lock."""


class NothingThere(Exception):
    """There is no backup of this name, or none at all."""


@dataclass(frozen=True)
class Made:
    name: str
    size: int
    manifest: Manifest


@contextmanager
def locked() -> Iterator[None]:
    """One run at a time, over all processes of this machine. Raises Locked."""
    with (workshop() / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked from None
        yield


def sizes(*, patience: int = 60) -> dict[str, int]:
    """The published archives, newest first; those that a clock which was ahead has dated into the future come last."""
    found = shelf(patience=patience).sizes()
    soon = datetime.now(UTC) + AHEAD
    names = [name for name in found if is_ours(name)]
    return {name: found[name] for name in sorted(names, key=lambda name: (made_at(name) <= soon, name), reverse=True)}


def newest(*, patience: int = 60) -> str | None:
    return next(iter(sizes(patience=patience)), None)


def find(name: str | None) -> str:
    """The archive of this name, the newest without one. Raises NothingThere."""
    found = [known for known in sizes() if name is None or known == name]
    if not found:
        raise NothingThere(f"There is no backup {name}." if name else f"There is no backup in {settings.BACKUP_DIR}.")
    return found[0]


def is_ours(name: str) -> bool:
    """Whether `make` could have named it so: anything may lie in a folder."""
    try:
        made_at(name)
    except ValueError:
        return False
    return True


def made_at(name: str) -> datetime:
    stamp = NAME.fullmatch(name)
    if stamp is None:
        raise ValueError(name)
    return datetime.strptime(stamp[1], STAMP).replace(tzinfo=UTC)


def kept() -> list[Kept]:
    """Every archive with whether it holds what its manifest says."""
    return [Kept(name, made_at(name), is_good(name), order(name)) for name in sizes()]


def order(name: str) -> int:
    """Its number among all that were published: clocks jump, and names with them."""
    return max(map(int, ORDER.findall(shelf().note(name))), default=0)


def delete(name: str) -> None:
    shelf().delete(name)


def give_up_uploads(*, dry_run: bool) -> list[str]:
    """What a bucket still holds of uploads that nobody goes on with; the names they would have had."""
    return shelf().give_up(NAME, before=datetime.now(UTC) - GIVE_UP, dry_run=dry_run)


# --- Opening ---


@contextmanager
def opened(name: str) -> Iterator[Path]:
    """The archive itself, out of its bucket and decrypted. Raises sealing.NoKey, Damaged."""
    with shelf().fetched(name) as path:
        if not name.endswith(sealing.SUFFIX):
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="opened-") as scratch:
            plain = Path(scratch) / name.removesuffix(sealing.SUFFIX)
            sealing.unseal(path, plain)
            yield plain


def check(name: str) -> Manifest | None:
    """Reads it from the first byte to the last. Raises Damaged.

    Where the key is not at hand, a sealed one is compared with the digest that it was published with; then nobody sees its manifest.
    """
    if name.endswith(sealing.SUFFIX) and not sealing.can_open():
        with shelf().fetched(name) as path:
            if archive.sha256(path) != shelf().note(name)[:64]:
                raise Damaged(f"{name} is not what was published.")
        return None
    with opened(name) as path:
        return archive.verify(path)


def is_good(name: str) -> bool:
    try:
        check(name)
    except Damaged:
        return False
    return True


# --- Making ---


def make() -> Made:
    """Dumps, packs, verifies, seals and publishes. Whatever fails, nothing half-made is published; what is verified waits for it."""
    clear_up()
    now = datetime.now(UTC)
    name = f"alliv-{now.strftime(STAMP)}.tar.gz"
    with tempfile.TemporaryDirectory(prefix=MAKING, dir=workshop()) as scratch:
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
        if settings.BACKUP_RECIPIENT:
            plain, packed, name = packed, Path(scratch) / "sealed", name + sealing.SUFFIX
            sealing.seal(plain, packed)
        waiting = set_aside(packed, name)
    size = waiting.stat().st_size
    publish(waiting)
    return Made(name, size, manifest)


def set_aside(packed: Path, name: str) -> Path:
    """Where it is whole and verified, and waits to be published: by this run, or by the next if this one is killed."""
    folder = workshop() / WAITING
    folder.mkdir(mode=0o700, exist_ok=True)
    waiting = folder / name
    note_of(waiting).write_text(f"{archive.sha256(packed)}  {name}\n")
    return packed.replace(waiting)


def publish(waiting: Path) -> None:
    with note_of(waiting).open("a") as note:
        note.write(f"# {max(map(order, sizes()), default=0) + 1}\n")
    shelf().publish(waiting)
    waiting.unlink(missing_ok=True)
    note_of(waiting).unlink()


def publish_waiting() -> list[str]:
    """Goes on where a run was cut off that had verified its archive; the names. One that the disk has changed since is thrown away."""
    folder = workshop() / WAITING
    whole = [path for path in sorted(folder.glob("alliv-*")) if is_ours(path.name) and path.is_file() and is_whole(path)]
    for path in whole:
        publish(path)
    shutil.rmtree(folder, ignore_errors=True)
    return [path.name for path in whole]


def clear_up() -> None:
    """What a run that was killed has left; there is no other run now."""
    for path in workshop().glob(f"{MAKING}*"):
        shutil.rmtree(path, ignore_errors=True)


def copy_media(target: Path) -> None:
    if settings.S3_BUCKET:
        photos = Objects(settings.S3_BUCKET)
        for name in photos.sizes():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            photos.fetch(name, target / name)
    else:
        link_media(target)


def link_media(target: Path) -> None:
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
