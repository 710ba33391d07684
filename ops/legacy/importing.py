"""The run: reads every collection in batches and hands each to its importer. One batch is one transaction, with its origins.

So a run that is cut off has lost nothing and done nothing twice: the next one finds what is there already. A document that cannot be
used is named and counted, and stops nothing. A dry run does everything inside one transaction and rolls that back.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from typing import ClassVar
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from ops.legacy import records
from ops.legacy.models import Import
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.report import Tally
from ops.legacy.sources import Broken, Document, Source
from ops.legacy.values import fold

BATCH = 500
# Whoever is named has to be there before whoever names them. Pairs come last: they touch no member.
ORDER = ("users", "profiles", "photos", "swipes", "matches", "messages", "reports", "skill_pairs")


@dataclass
class Run:
    """What importers are given beside the documents."""

    record: Import
    trust_emails: bool = False
    noted: list[tuple[str, str]] = field(default_factory=list)

    @property
    def dry(self) -> bool:
        return self.record.dry_run

    def note(self, document: Document, what: str) -> None:
        """Something of a document that is imported all the same."""
        self.noted.append((what, document.key))


class Importer(ABC):
    """Knows what documents of one kind become. Registered by being defined in an app's `legacy`."""

    kind: ClassVar[str]
    collections: ClassVar[tuple[str, ...]]  # folded names

    def __init_subclass__(cls) -> None:
        _importers[cls.kind] = cls

    @abstractmethod
    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        """One outcome for each document, in their order; inside a transaction."""

    def arranged(self, documents: Iterable[Document]) -> Iterator[Document]:
        """In the order in which they have to be brought."""
        yield from documents


_importers: dict[str, type[Importer]] = {}


def importers() -> list[Importer]:
    autodiscover_modules("legacy")
    return [_importers[kind]() for kind in ORDER if kind in _importers]


def each(documents: Sequence[Document], bring: Callable[[Document], Outcome]) -> list[Outcome]:
    """Brings one after the other; a Skip that is raised is the outcome."""
    return [attempt(bring, document) for document in documents]


def attempt(bring: Callable[[Document], Outcome], document: Document) -> Outcome:
    try:
        return bring(document)
    except Skip as skip:
        return skip


class Work:
    """One run over one source. `stopping` may be set from outside: the batch at hand is finished."""

    def __init__(self, source: Source, *, dry_run: bool = False, trust_emails: bool = False) -> None:
        self.source = source
        self.run = Run(Import.objects.create(source=source.name, dry_run=dry_run), trust_emails)
        self.tallies: list[Tally] = []
        self.stopping = False

    def left_alone(self) -> list[str]:
        """Collections that nobody here knows."""
        known = {name for importer in importers() for name in importer.collections}
        return [name for name in self.source.collections() if fold(name) not in known]

    def plan(self) -> list[tuple[Importer, str]]:
        names = self.source.collections()
        return [(importer, name) for importer in importers() for name in names if fold(name) in importer.collections]

    def do(self, progress: Callable[[str, int], Callable[[int], None]]) -> None:
        """`progress(collection, total)` gives what is told how many were read."""
        dry = self.run.dry
        with transaction.atomic() if dry else nullcontext():
            for importer, name in self.plan():
                if not self.stopping:
                    self.tallies.append(Tally(name))
                    self.bring(importer, self.tallies[-1], progress(name, self.source.count(name)))
            if dry:
                transaction.set_rollback(True)
        self.keep_report(ended=not self.stopping)

    def keep_report(self, *, ended: bool) -> None:
        at = timezone.now() if ended else None
        Import.objects.filter(pk=self.run.record.pk).update(report=[tally.as_dict() for tally in self.tallies], ended_at=at)

    def bring(self, importer: Importer, tally: Tally, tell: Callable[[int], None]) -> None:
        for batch in batches(importer.arranged(self.readable(tally))):
            tell(tally.read)
            if self.stopping:
                break
            try:
                self.bring_batch(importer, batch, tally)
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # a document that nobody expected: the others shall not suffer for it
                for document in batch:
                    self.bring_alone(importer, document, tally)
        if self.stopping:  # what was read ahead and not brought is not reported as read
            tally.read = tally.imported + tally.merged + tally.unchanged + tally.left_out

    def readable(self, tally: Tally) -> Iterator[Document]:
        for document in self.source.read(tally.collection):
            tally.read += 1
            if isinstance(document, Broken):
                tally.skipped.add(document.reason, document.key)
            else:
                yield document

    def bring_alone(self, importer: Importer, document: Document, tally: Tally) -> None:
        try:
            self.bring_batch(importer, [document], tally)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            tally.skipped.add("refused_by_database" if isinstance(error, DatabaseError) else "unexpected", document.key)

    def bring_batch(self, importer: Importer, batch: Sequence[Document], tally: Tally) -> None:
        self.run.noted.clear()
        with transaction.atomic():
            known = records.targets(importer.kind, (document.key for document in batch))
            new = [document for document in batch if document.key not in known]
            outcomes = importer.bring(new, self.run) if new else []
            records.remember(self.run.record, importer.kind, list(origins(new, outcomes)))
        tally.unchanged += len(batch) - len(new)
        for document, outcome in zip(new, outcomes, strict=True):
            count(tally, document, outcome)
        for what, key in self.run.noted:
            tally.notes.add(what, key)


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    rest = iter(documents)
    while batch := list(islice(rest, BATCH)):
        yield batch


def origins(documents: Sequence[Document], outcomes: Sequence[Outcome]) -> Iterator[tuple[str, UUID]]:
    """Own ids first: where one document's own id is another's second name, it is the former's."""
    brought = [(doc, outcome) for doc, outcome in zip(documents, outcomes, strict=True) if not isinstance(outcome, Skip)]
    yield from ((document.key, outcome.target) for document, outcome in brought)
    yield from ((key, outcome.target) for _, outcome in brought for key in outcome.also)


def count(tally: Tally, document: Document, outcome: Outcome) -> None:
    match outcome:
        case Imported():
            tally.imported += 1
        case Merged():
            tally.merged += 1
        case Skip():
            tally.skipped.add(outcome.reason, document.key)
    if not document.has_id and not isinstance(outcome, Skip):
        tally.notes.add("no_id", document.key)
