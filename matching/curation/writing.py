"""Writes many cells with a few statements, and notes what changed."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Member
from matching.curation.cells import PAIRS, WEIGHTS, Step
from matching.matrix import PAIR_TABLES, Change
from matching.models import Pair, Weights
from ops.errors import Invalid


def write(steps: Iterable[Step], actor: Member, changes: list[Change]) -> None:
    """Brings the tables from each step's `before` to its `after`. Raises Invalid for a gone name, and weights that do not sum to 1."""
    real = [step for step in steps if step.before != step.after]
    for table, model in PAIRS.items():
        write_pairs(table, model, [step for step in real if step.cell.table == table], actor, changes)
    write_weights([step for step in real if step.cell.table == WEIGHTS], changes)


def write_pairs(table: str, model: type[Pair], steps: list[Step], actor: Member, changes: list[Change]) -> None:
    if not steps:
        return
    a, b = model.ends
    ids, value_name = ids_of(model, steps), PAIR_TABLES[model]
    ordered = {step: sorted([ids[step.cell.a], ids[step.cell.b]]) for step in steps}
    set_ones = [
        model(**{f"{a}_id": ends[0], f"{b}_id": ends[1], value_name: step.after, "updated_by": actor, "updated_at": timezone.now()})
        for step, ends in ordered.items()
        if step.after is not None
    ]
    model._default_manager.bulk_create(
        set_ones, update_conflicts=True, unique_fields=[a, b], update_fields=[value_name, "updated_by", "updated_at"], batch_size=500
    )
    gone = {tuple(ends) for step, ends in ordered.items() if step.after is None}
    rows = model._default_manager.filter(**{f"{a}_id__in": {ends[0] for ends in gone}}).values_list("pk", f"{a}_id", f"{b}_id")
    model._default_manager.filter(pk__in=[pk for pk, *ends in rows if tuple(ends) in gone]).delete()
    changes += [{"table": table, "key": [step.cell.a, step.cell.b], "before": step.before, "after": step.after} for step in steps]


def ids_of(model: type[Pair], steps: list[Step]) -> Mapping[str, UUID]:
    """Of every name; a name that nobody bears any more is refused."""
    word: Any = model._meta.get_field(model.ends[0]).related_model
    names = {name for step in steps for name in step.cell[1:]}
    ids: dict[str, UUID] = dict(word.objects.filter(name__in=names).values_list("name", "pk"))
    if gone := sorted(names - set(ids)):
        raise Invalid(f"There is no {word._meta.verbose_name} named {', '.join(gone)} any more: take it out of the draft.")
    return ids


def write_weights(steps: list[Step], changes: list[Change]) -> None:
    if not steps:
        return
    row = Weights.objects.first() or Weights()
    before = row.by_factor()
    for step in steps:
        setattr(row, step.cell.a, step.after)
    total = sum(row.by_factor().values())
    if abs(total - 1) > 1e-9:
        raise Invalid(f"The weights must sum to 1, and these sum to {total:g}.")
    row.save()
    changes.append({"table": WEIGHTS, "key": [], "before": before, "after": row.by_factor()})
