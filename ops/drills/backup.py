"""Is what `backup` makes a backup? One is made in scratch, restored in scratch, and damaged."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.test.utils import override_settings

from ops.backup import archive, restore, rotation, store
from ops.drilling import Trial, drill, raised


@drill("backup")
def trials() -> Iterator[Trial]:
    with tempfile.TemporaryDirectory() as folder, override_settings(BACKUP_DIR=folder):
        made = store.make()
        path = Path(folder) / made.name
        restored = restore.drill(made.name)
        yield Trial("every table comes back with its rows and their digest", len(made.manifest.tables), len(restored.tables))
        yield Trial("a second run at once is refused", "Locked", raised(two_runs))
        for trial, damage in (("one flipped bit", flip_a_bit), ("half of the archive", halve), ("an empty file", empty)):
            yield Trial(f"{trial} is noticed", "Damaged", raised(lambda damage=damage: archive.verify(damaged(path, damage))))  # type: ignore[misc]
        old = rotation.Kept(made.name, store.made_at(made.name), verified=True)
        far = datetime.now(UTC) + timedelta(days=3650)
        yield Trial("a clock ten years ahead deletes nothing", [], rotation.expired([old], now=far, days=1))
    yield Trial("scratch is gone", False, Path(folder).exists())


def two_runs() -> None:
    with store.locked(), store.locked():
        pass


def damaged(path: Path, damage: Callable[[bytes], bytes]) -> Path:
    copy = path.with_name("damaged.tar.gz")
    copy.write_bytes(damage(path.read_bytes()))
    return copy


def flip_a_bit(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def halve(content: bytes) -> bytes:
    return content[: len(content) // 2]


def empty(content: bytes) -> bytes:
    return b""
