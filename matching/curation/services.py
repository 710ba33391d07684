"""Drafting, publishing and taking back.

Publishing compares every cell of the draft with what is published now. Where somebody else has changed a cell since the editor
touched it, nothing is written before the editor has said whose value counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Member
from matching import matrix
from matching.curation import cells, words, writing
from matching.curation.cells import Cell, Step
from matching.curation.models import Draft, DraftChange
from matching.models import MatrixVersion
from ops import revisions
from ops.errors import Conflict, Invalid, NotFound

Table = DraftChange.Table
WORDS = {Table.RENAMES, Table.MERGES}


class NothingToPublish(Conflict):
    code, detail = "nothing_to_publish", "There is nothing that is not published already."


@dataclass(frozen=True)
class Clash:
    """A cell that somebody else has changed: what it was when the editor touched it, what it is now, what the editor wants."""

    cell: Cell
    base: float | None
    theirs: float | None
    mine: float | None


class BaseChanged(Conflict):
    """Somebody else has changed the same cells. `version` is the one that the clashes were found in."""

    code, detail = "matrix_conflict", "Somebody else has changed the same cells: say whose values count."

    def __init__(self, clashes: list[Clash], version: int) -> None:
        super().__init__()
        self.clashes, self.version = clashes, version


@dataclass(frozen=True)
class Choice:
    """The editor's answer to clashes that were found in version `seen`: the cells in which their own value counts; others keep theirs.

    With `theirs` it is the other way round: those cells keep what is published, and in all others the editor's value counts.
    """

    seen: int
    mine: frozenset[Cell]
    theirs: frozenset[Cell] | None = None


def version_now() -> int:
    return revisions.current().get(matrix.REVISION, 0)


# --- Drafting ---


def draft_of(editor: Member) -> Draft | None:
    return Draft.objects.filter(editor=editor).first()


def locked_draft(editor: Member) -> Draft:
    """The editor's draft, locked; begun when there is none. Two windows of one editor take turns."""
    while True:
        draft = Draft.objects.select_for_update(no_key=True).filter(editor=editor).first()
        if draft is not None:
            return draft
        try:
            with transaction.atomic():
                return Draft.objects.create(editor=editor, base=version_now())
        except IntegrityError:  # the other window began it
            continue


@transaction.atomic
def set_cells(editor: Member, values: Mapping[Cell, float | None]) -> int:
    """Puts these values into the draft; one that is published already takes its change out again. How many changes the draft has."""
    draft = locked_draft(editor)
    held = {(row.table, row.a, row.b): row for row in draft.changes.all()}
    now, wanted, gone = cells.published(), [], []
    for cell, value in values.items():
        row = held.get(cell)
        before = row.before if row else now.get(cell)
        if value == before:
            gone += [row.pk] if row else []
        else:
            wanted.append(DraftChange(draft=draft, table=cell.table, a=cell.a, b=cell.b, before=before, after=value))
    DraftChange.objects.filter(pk__in=gone).delete()
    DraftChange.objects.bulk_create(wanted, update_conflicts=True, unique_fields=["draft", "table", "a", "b"], update_fields=["after"])
    return kept(draft)


def set_cell(editor: Member, cell: Cell, value: float | None) -> int:
    if cell.table == cells.WEIGHTS and value is None:
        raise Invalid.field("value", "A weight cannot be taken out: write 0.")
    return set_cells(editor, {cell: value})


@transaction.atomic
def change_word(editor: Member, table: Table, old: str, new: str) -> None:
    """Puts a renaming or a merger into the draft. Raises Invalid."""
    old, new = words.checked_merger(old, new) if table == Table.MERGES else words.checked_renaming(old, new)
    draft = locked_draft(editor)
    draft.changes.filter(table__in=WORDS, a=old).delete()
    DraftChange.objects.create(draft=draft, table=table, a=old, b=new)
    kept(draft)


@transaction.atomic
def discard(editor: Member, change_ids: Iterable[str] | None = None) -> None:
    """Takes these changes out of the draft, or all of them. Raises NotFound for what can be no id."""
    draft = locked_draft(editor)
    try:
        doomed = draft.changes.all() if change_ids is None else draft.changes.filter(pk__in=list(change_ids))
    except ValidationError:
        raise NotFound from None
    doomed.delete()
    kept(draft)


def kept(draft: Draft) -> int:
    """How many changes there are; a draft without any is gone."""
    count = draft.changes.count()
    if count:
        Draft.objects.filter(pk=draft.pk).update(updated_at=timezone.now())
    else:
        draft.delete()
    return count


# --- Publishing ---


def publish(editor: Member, reason: str, choice: Choice | None = None) -> MatrixVersion:
    """Makes the draft one version. Raises Invalid, NothingToPublish, BaseChanged."""
    reason = given(reason)
    draft = draft_of(editor)
    if draft is None:
        raise NothingToPublish
    with matrix.publication(editor, reason, base=draft.base) as changes:
        draft = locked_draft(editor)
        rows = list(draft.changes.all())
        touched = {Cell(row.table, row.a, row.b): row for row in rows if row.table not in WORDS}
        names = cells.moved(touched, MatrixVersion.objects.filter(number__gt=draft.base).order_by("number"))
        wanted = [Step(names[cell], row.before, row.after) for cell, row in touched.items()]
        writing.write(settled(wanted, choice), editor, changes)
        for row in rows:
            if row.table in WORDS:
                words.carry_out(Table(row.table), row.a, row.b, editor, changes)
        if not changes:
            raise NothingToPublish
        draft.delete()
    assert changes.version
    return changes.version


def given(reason: str) -> str:
    if not (reason := reason.strip()):
        raise Invalid.field("reason", "Say why: others will read it.")
    if len(reason) > 300:
        raise Invalid.field("reason", "At most 300 characters.")
    return reason


def settled(wanted: list[Step], choice: Choice | None) -> list[Step]:
    """The steps from what is published now to what is wanted. Raises BaseChanged for clashes that nobody has decided about."""
    now, version = cells.published(), version_now()
    clashes = [
        Clash(step.cell, step.before, now.get(step.cell), step.after)
        for step in wanted
        if now.get(step.cell) not in (step.before, step.after)
    ]
    if clashes and (choice is None or choice.seen != version):
        raise BaseChanged(clashes, version)
    theirs = {clash.cell for clash in clashes}
    if choice:
        theirs = theirs - choice.mine if choice.theirs is None else theirs & choice.theirs
    return [Step(step.cell, now.get(step.cell), step.after) for step in wanted if step.cell not in theirs]


def revert(editor: Member, number: int, reason: str, choice: Choice | None = None) -> MatrixVersion:
    """Takes back what version `number` changed, as a new version.

    Raises NotFound, Invalid, NothingToPublish, BaseChanged, words.Entangled.
    """
    version = MatrixVersion.objects.filter(number=number).first()
    if version is None or number <= matrix.DEFAULTS_VERSION:
        raise NotFound
    reason = given(reason)
    with matrix.publication(editor, reason, reverts=number) as changes:
        later = MatrixVersion.objects.filter(number__gt=number).order_by("number")
        words.take_back(version.changes)
        # The version's own renamings are taken back by now; those of later versions still hold.
        done = [step for change in version.changes for step in cells.steps(change)]
        names = cells.moved({step.cell for step in done}, later)
        writing.write(settled(backwards(done, names), choice), editor, changes)
        if not changes:
            raise NothingToPublish
    assert changes.version
    return changes.version


def backwards(done: list[Step], names: Mapping[Cell, Cell]) -> list[Step]:
    """From what the steps led to back to where they began; a cell that was touched twice goes back once."""
    first, last = {step.cell: step.before for step in reversed(done)}, {step.cell: step.after for step in done}
    return [Step(names[cell], last[cell], first[cell]) for cell in first]
