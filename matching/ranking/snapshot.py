"""The columns as files that the processes of one machine share.

A snapshot is a folder: one raw file a column, in the order of groups so that neighbours are alike, and `codes.json`. It is
written beside the last one and becomes the current one by renaming a link; who still maps the old one keeps it until they
let go. Mapped columns are private on writing: a process copies the pages of the rows that change, and shares all others.
"""

import contextlib
import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from django.conf import settings

from accounts.vocabulary.selectors import Vocabulary
from matching.ranking.codes import Codes, Tuples
from matching.ranking.population import CODED, COLUMNS, Population, slices
from ops.turns import one_at_a_time

FORMAT = 3
SPARE = 4  # a quarter more room than members; empty room takes no disk
WRITTEN_AT_ONCE = 16_384


def home() -> Path:
    return Path(settings.VAR_DIR) / "population"


def alone() -> AbstractContextManager[None]:
    """Of many processes that start at once, one reads the database."""
    return one_at_a_time(home() / "lock")


def save(people: Population) -> None:
    """Writes the current snapshot; the last one is gone when it is there. Raises OSError, for example for a full disk."""
    folder = home() / f"{people.revision}-{uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        write(people, folder)
        publish(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def write(people: Population, folder: Path) -> None:
    order = np.lexsort((people["place"], people["group"]))
    room = people.count + people.count // SPARE + 1
    for name in COLUMNS:
        with (folder / name).open("wb") as file:
            for part in slices(people.count, WRITTEN_AT_ONCE):
                values = people.columns[name][order[part]]
                (np.zeros_like(values) if name == "stamp" else values).tofile(file)
            file.truncate(room * np.dtype(COLUMNS[name]).itemsize)
    new_place = np.empty(people.count, np.int64)
    new_place[order] = np.arange(people.count)
    np.savez(folder / "indices.npz", groups=people.groups.array, places=people.places.array, skill_bit=people.skill_bit)
    (folder / "codes.json").write_text(json.dumps(described(people, new_place)))


def described(people: Population, new_place: npt.NDArray[np.int64]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "as_of": people.as_of,
        "revision": people.revision,
        "count": people.count,
        "vocabulary": people.known.as_dict(),
        "skills": people.skills.things,
        "strangers": {word: sorted({int(new_place[row]) for row in rows}) for word, rows in people.strangers.items()},
        **{name: getattr(people, name).things for name in CODED},
    }


def publish(folder: Path) -> None:
    """Makes this folder the current one and drops all others."""
    link = home() / f"{folder.name}.link"
    link.symlink_to(folder.name)
    link.replace(home() / "current")
    for other in home().iterdir():
        if other.is_dir() and not other.is_symlink() and other != folder:
            shutil.rmtree(other, ignore_errors=True)


def drop_older_than(revision: int) -> None:
    """Removes the current snapshot if it was made before this change: somebody left, and nothing of them stays in a file."""
    with alone(), contextlib.suppress(FileNotFoundError):
        folder = (home() / "current").resolve(strict=True)
        if int(folder.name.partition("-")[0]) < revision:
            (home() / "current").unlink()
            shutil.rmtree(folder)


def mapped(is_true: Callable[[str], bool]) -> Population | None:
    """The current snapshot in memory; None when there is none, it is of another format, or `is_true` denies its last change."""
    try:
        folder = (home() / "current").resolve(strict=True)
        about = json.loads((folder / "codes.json").read_text())
        if about["format"] != FORMAT or not is_true(about["as_of"]):
            return None
        return opened(folder, about)
    except (OSError, ValueError, KeyError):
        return None


def opened(folder: Path, about: dict[str, Any]) -> Population:
    people = Population(Vocabulary.from_dict(about["vocabulary"]), about["revision"], about["as_of"])
    indices = np.load(folder / "indices.npz")
    for name in CODED:
        setattr(people, name, Codes(about[name]))
    people.skills = Codes(about["skills"])
    people.groups, people.places = Tuples(indices["groups"]), Tuples(indices["places"])
    people.strangers = about["strangers"]
    people.skill_bit = indices["skill_bit"]
    people.count = about["count"]
    people.columns = {name: np.memmap(folder / name, kind, mode="c") for name, kind in COLUMNS.items()}
    people._learn(people.known)
    people.count_skills()
    people.index()
    return people
