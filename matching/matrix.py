"""What staff publish: skill pairs, field synergies, boosts and weights, each change one numbered version.

Every edit, whichever door it comes through, happens inside `publication`: audited, counted, and visible to every process
with its next look at the revisions.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict

from django.db import connection, models, transaction

from accounts.models import Member
from accounts.vocabulary.models import Field, FieldGroup, Skill
from accounts.vocabulary.selectors import Vocabulary, vocabulary
from accounts.vocabulary.words import canonical
from matching.models import Boost, FieldSynergy, MatrixVersion, Pair, SkillPair, Weights
from matching.score import DEFAULT_WEIGHTS, Ends, Tables, ends
from ops import revisions
from ops.context import request_id

REVISION = "matrix"
DEFAULTS = Path(__file__).parent / "data" / "defaults.json"
DEFAULTS_VERSION = 1
# As the audit and `data/defaults.json` call them.
TABLE_NAMES = {"skillpair": "skill_pairs", "fieldsynergy": "field_synergies", "boost": "boosts"}
WORD_TABLES = {"Skill": "skills", "SkillAlias": "aliases", "Field": "fields", "FieldGroup": "groups"}
PAIR_TABLES: dict[type[Pair], str] = {SkillPair: "score", FieldSynergy: "score", Boost: "points"}


class Change(TypedDict):
    """One row of a version: which table and key, and the value before and after (None: no such row)."""

    table: str
    key: list[str]
    before: Any
    after: Any


# --- Publishing ---


class Changes(list[Change]):
    """What a publication collects; `version` is there when it has ended and something was collected."""

    version: MatrixVersion | None = None


_open: ContextVar[Changes | None] = ContextVar("open_publication", default=None)


@contextmanager
def publication(actor: Member | None, reason: str = "", **origin: int | None) -> Iterator[Changes]:
    """Collects changes and makes them one version when it ends; none collected, none made. `origin` is a version's `base` and `reverts`.

    What is published inside another publication becomes part of its version.
    """
    if (outer := _open.get()) is not None:
        yield outer
        return
    with transaction.atomic():
        revisions.lock(REVISION)
        changes = Changes()
        token = _open.set(changes)
        try:
            yield changes
        finally:
            _open.reset(token)
        if changes:
            number = revisions.bump(REVISION)
            changes.version = MatrixVersion.objects.create(
                number=number, actor=actor, reason=reason[:300], changes=list(changes), request_id=request_id(), **origin
            )


def save_pair(pair: Pair, value_name: str, *, actor: Member | None, reason: str = "") -> bool:
    """Saves one row of a pair table as one version; False when the table already says so."""
    pair.order_ends()
    with publication(actor, reason) as changes:
        model = type(pair)
        kept = model._default_manager.filter(pk=pair.pk).first()
        change = changed(kept, pair, value_name)
        if change["before"] == change["after"] and kept is not None and key_of(kept) == key_of(pair):
            return False
        pair.updated_by = actor
        pair.save()
        changes.append(change)
    return True


def set_skill_pair(*, actor: Member, skill_a: Skill, skill_b: Skill, score: float, reason: str = "") -> tuple[SkillPair, bool]:
    """Creates or updates the one row of two skills in either order; the row and whether it is new."""
    first, second = sorted([skill_a, skill_b], key=lambda skill: skill.pk)
    with publication(actor, reason) as changes:
        pair, created = SkillPair.objects.select_related("skill_a", "skill_b", "updated_by").get_or_create(
            skill_a=first, skill_b=second, defaults={"score": score, "updated_by": actor}
        )
        before = None if created else pair.score
        if before != score:
            pair.score, pair.updated_by = score, actor
            pair.save()
            changes.append({"table": "skill_pairs", "key": key_of(pair), "before": before, "after": score})
    return pair, created


def skill_pair(skill_a: Skill, skill_b: Skill) -> SkillPair | None:
    """The one row of two skills in either order."""
    first, second = sorted([skill_a, skill_b], key=lambda skill: skill.pk)
    return SkillPair.objects.filter(skill_a=first, skill_b=second).first()


def delete_pair(pair: Pair, value_name: str, *, actor: Member | None, reason: str = "") -> None:
    with publication(actor, reason) as changes:
        changes.append({**changed(pair, pair, value_name), "after": None})
        pair.delete()


def save_weights(weights: Weights, *, actor: Member | None, reason: str = "") -> bool:
    with publication(actor, reason) as changes:
        kept = Weights.objects.filter(pk=weights.pk).first()
        before, after = kept.by_factor() if kept else None, weights.by_factor()
        if before == after:
            return False
        weights.save()
        changes.append({"table": "weights", "key": [], "before": before, "after": after})
    return True


def note_vocabulary_change(sender: Any, before: Any, after: Any, **kwargs: Any) -> None:
    """A word that changed its name, category or group changes what pairs mean: that, too, is a version."""
    with publication(None, "Vocabulary") as changes:
        changes.append({"table": WORD_TABLES[sender.__name__], "key": [(before or after)["name"]], "before": before, "after": after})


def note_pairs_that_go(sender: Any, instance: Skill | Field | FieldGroup, **kwargs: Any) -> None:
    """A word that is deleted takes its pairs along: each is a row of the audit, like one that is deleted alone."""
    with publication(None, f"{instance} was deleted") as changes:
        for model, value_name in PAIR_TABLES.items():
            for end in model.ends:
                if model._meta.get_field(end).related_model is sender:
                    rows = model._default_manager.filter(**{end: instance}).select_related(*model.ends)
                    changes += [{**changed(pair, pair, value_name), "after": None} for pair in rows]


def changed(before: Pair | None, after: Pair, value_name: str) -> Change:
    value = getattr(before, value_name) if before else None
    return {"table": TABLE_NAMES[after._meta.model_name or ""], "key": key_of(after), "before": value, "after": getattr(after, value_name)}


def key_of(pair: Pair) -> list[str]:
    """Both ends' names, in the order of the alphabet."""
    return sorted(str(getattr(pair, end)) for end in pair.ends)


# --- Reading ---

_lock = threading.Lock()
_held: tuple[tuple[int, int], Tables] | None = None


def tables(numbers: dict[str, int] | None = None) -> Tables:
    """The published tables. A caller that has just read the revisions hands them in."""
    global _held
    numbers = revisions.current() if numbers is None else numbers
    key = (numbers.get(REVISION, 0), numbers.get("vocabulary", 0))
    held = _held
    if held is not None and held[0] == key:
        return held[1]
    with _lock:
        if _held is not None and _held[0] == key:
            return _held[1]
        loaded = load(key[0], vocabulary(key[1]))
        if not connection.in_atomic_block:  # what is not committed may yet be undone
            _held = (key, loaded)
        return loaded


def load(version: int, known: Vocabulary) -> Tables:
    defaults = default_tables() if version <= DEFAULTS_VERSION else Tables(weights=DEFAULT_WEIGHTS)
    weights = Weights.objects.first()
    return Tables(
        version=version,
        weights=weights.by_factor() if weights else DEFAULT_WEIGHTS,
        skill_pairs=read_pairs(SkillPair, "skill_a__key", "skill_b__key", "score") or defaults.skill_pairs,
        field_synergies=read_pairs(FieldSynergy, "field_a__slug", "field_b__slug", "score") or field_slugs(defaults, known),
        boosts=read_pairs(Boost, "group_a__slug", "group_b__slug", "points") or defaults.boosts,
        categories={skill.key: skill.category for skill in known.skills.values()},
        field_groups={entry.slug: entry.groups for entry in known.fields.values()},
    )


def read_pairs(model: type[models.Model], a: str, b: str, value: str) -> dict[Ends, float]:
    return {ends(first, second): points for first, second, points in model._default_manager.order_by().values_list(a, b, value)}


def field_slugs(defaults: Tables, known: Vocabulary) -> dict[Ends, float]:
    """The default synergies, which are written by name, by slug."""
    return {
        ends(first.slug, second.slug): value
        for (a, b), value in defaults.field_synergies.items()
        if (first := known.field(a)) and (second := known.field(b))
    }


@lru_cache(maxsize=1)
def read_defaults() -> dict[str, Any]:
    return dict(json.loads(DEFAULTS.read_text(encoding="utf-8")))


def default_tables() -> Tables:
    """What serves while nothing was published and a table is empty."""
    rows = read_defaults()
    return Tables(
        weights=rows["weights"],
        skill_pairs={ends(canonical(row["a"]), canonical(row["b"])): row["score"] for row in rows["skill_pairs"]},
        field_synergies={ends(row["a"], row["b"]): row["score"] for row in rows["field_synergies"]},
        boosts={ends(row["group_a"], row["group_b"]): row["points"] for row in rows["boosts"]},
    )
