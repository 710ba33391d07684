"""How a process comes by everybody, and how it keeps up.

The first process of a machine reads the database once and keeps what it made as a snapshot; the others map it. From then on
every request compares one number with the one it holds, and reads the rows again that changed since.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import Profile
from accounts.vocabulary.selectors import Vocabulary, vocabulary
from matching import shelf
from matching.models import PopulationChange
from matching.ranking import index, lens, published, snapshot
from matching.ranking.candidates import Candidates
from matching.ranking.notes import REVISION, changed_between, mark_of
from matching.ranking.population import Population
from matching.ranking.records import AT_ONCE, records
from ops import revisions

log = logging.getLogger("alliv.ranking")


def load(known: Vocabulary, revision: int) -> Population:
    """Everybody, from the database. The revision was read before: what changes meanwhile is read again by the first refresh."""
    made = Population(known, revision, mark_of(revision))
    made.write_many(records(Profile.objects.all()))
    return made


def refresh(held: Population, revision: int) -> bool:
    """Reads the rows again that changed since; a change costs its own rows only. False when some notes are gone."""
    with held.lock:
        changes = changed_between(held.revision, revision)
        if changes is None:
            return False
        members, mark = changes
        gone = read_again(held, held.of_interest(members))
        held.revision, held.as_of = revision, mark or held.as_of
    if gone:
        shelf.drop(gone)
        snapshot.drop_older_than(revision)
    return True


def read_again(held: Population, members: Iterable[UUID]) -> set[UUID]:
    """Writes their rows as they are now; returns those who are no more."""
    wanted, gone = list(members), set()
    for start in range(0, len(wanted), AT_ONCE):
        batch = set(wanted[start : start + AT_ONCE])
        for record in records(Profile.objects.filter(member_id__in=batch)):
            held.write(record)
            batch.discard(record["member_id"])
        for member_id in batch:
            held.forget(member_id)
        gone |= batch
    return gone


def learn(held: Population, known: Vocabulary) -> None:
    """Takes a new vocabulary on, and reads those again whose words mean something else now."""
    with held.lock:
        read_again(held, held.adopt(known))


# --- What this process holds ---

_loading = threading.Lock()
_held: Population | None = None


def population(numbers: Mapping[str, int] | None = None) -> Population:
    """The columns as committed now. A caller that has just read the revisions hands them in."""
    global _held
    revision, words = wanted(revisions.current() if numbers is None else numbers)
    with _loading:
        if _held is not None and (_held.revision > revision or _held.known.revision > words):
            revision, words = wanted(revisions.current())  # the caller read them before a change that somebody else has seen
        if _held is None or _held.revision > revision or not caught_up(_held, revision, words):
            let_go()  # first the old one goes, then the new one comes
            _held = acquired(revision, words)
        return _held


def let_go() -> None:
    """Of the columns, and of all that was made from them and holds them."""
    global _held
    _held = None
    published.forget()
    lens.forget()


def caught_up(held: Population, revision: int, words: int) -> bool:
    """Brings the columns up to date; False when that takes more than the rows that changed."""
    if held.is_full:
        return False
    if held.known.revision != words:
        learn(held, vocabulary(words))
    return held.revision == revision or refresh(held, revision)


def acquired(revision: int, words: int) -> Population:
    """From the machine's snapshot when it is of this database and not too old, else from the database. One process at a time."""
    if settings.RANKING_BACKEND == "pgvector":
        return Candidates(vocabulary(words), revision, mark_of(revision))
    with snapshot.alone():
        held = snapshot.mapped(still_true)
    if held is not None and held.revision <= revision and caught_up(held, revision, words):
        return held
    with snapshot.alone():
        held = snapshot.mapped(still_true)  # who waited finds what the first one made
        if held is not None and held.revision == revision and held.known.revision == words:
            return held
        made = load(vocabulary(words), revision)
        return shared(made) if made.count >= settings.SNAPSHOT_FROM else made


def shared(made: Population) -> Population:
    """Puts the columns where other processes find them, and uses them from there."""
    try:
        snapshot.save(made)
        return snapshot.mapped(still_true) or made
    except OSError:
        log.exception("could not keep a snapshot of the population")
        return made


def still_true(as_of: str) -> bool:
    """Whether the last change a snapshot knows of is still one of this database."""
    return bool(as_of) and as_of == mark_of(int(as_of.split()[0]))


def renew_snapshot(*, dry_run: bool) -> int:
    """Keeps a snapshot of today, so that the next start has little to catch up with. How many are older; an errand of housekeeping."""
    held = population()
    if held.count < settings.SNAPSHOT_FROM or isinstance(held, Candidates):
        return 0
    if dry_run:
        return 1
    with held.lock, snapshot.alone():
        snapshot.save(held)
    return 1


def wanted(numbers: Mapping[str, int]) -> tuple[int, int]:
    return numbers.get(REVISION, 0), numbers.get("vocabulary", 0)


def note_change(sender: Any, member_ids: Iterable[UUID], **kwargs: Any) -> None:
    """Tells every process to read these members again. Receiver of `profile_changed`; runs in its transaction."""
    number = revisions.bump(REVISION)
    PopulationChange.objects.create(number=number, member_ids=[str(member_id) for member_id in member_ids])
    if settings.RANKING_BACKEND == "pgvector":
        transaction.on_commit(index.catch_up, robust=True)
