"""Skills that get another name, become one, or become two again.

The old name stays as an alias, and profiles hold names that are resolved when they are read: nobody's profile is written, and
everybody's follows. What happened is told by the vocabulary's own signals, and becomes part of the version that is being published.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import ProtectedError, Q

from accounts.models import Member
from accounts.vocabulary.models import Field, FieldGroup, Skill, SkillAlias
from accounts.vocabulary.words import canonical, tidy
from matching.curation import writing
from matching.curation.cells import Step, cell
from matching.curation.models import DraftChange
from matching.matrix import Change
from matching.models import SkillPair
from ops.errors import Conflict, Invalid

Table = DraftChange.Table
NAMED: dict[str, Any] = {"skills": Skill, "fields": Field, "groups": FieldGroup}


class Entangled(Conflict):
    code, detail = "matrix_entangled", "Later changes build upon this one: take those back first."


# --- May it be? ---


def skill_named(name: str, pointer: str = "old") -> Skill:
    """The skill of this name or alias. Raises Invalid."""
    key = canonical(name)
    found = Skill.objects.filter(Q(key=key) | Q(aliases__key=key)).select_related("category").first()
    if found is None:
        raise Invalid.field(pointer, f"There is no skill {name!r}.", "unknown_skill")
    return found


def checked_renaming(old: str, new: str) -> tuple[str, str]:
    """Both names as they will be written. Raises Invalid."""
    skill, new = skill_named(old), tidy(new)
    if not new or len(new) > 50:
        raise Invalid.field("new", "A name has 1 to 50 characters.")
    if new == skill.name:
        raise Invalid.field("new", "This is its name already.")
    others = Skill.objects.exclude(pk=skill.pk).filter(Q(key=canonical(new)) | Q(aliases__key=canonical(new)))
    if other := others.first():
        raise Invalid.field("new", f"This is what {other.name} is called: merge the two instead.")
    return skill.name, new


def checked_merger(old: str, new: str) -> tuple[str, str]:
    """The skill that goes and the one that stays. Raises Invalid."""
    one, other = skill_named(old), skill_named(new, "new")
    if one == other:
        raise Invalid.field("new", "These are one skill already.")
    if one.skills.exists():
        raise Invalid.field("old", f"{one.name} is a category: give its skills another one first.")
    return one.name, other.name


# --- Doing it ---


def carry_out(table: Table, old: str, new: str, actor: Member, changes: list[Change]) -> None:
    """Inside a publication. Raises Invalid."""
    if table == Table.RENAMES:
        rename(skill_named(old), checked_renaming(old, new)[1])
    else:
        checked_merger(old, new)
        merge(skill_named(old), skill_named(new, "new"), actor, changes)


def rename(skill: Skill, new: str) -> None:
    """The old name becomes an alias; an alias that says the new one goes."""
    old = skill.name
    for alias in skill.aliases.filter(key=canonical(new)):
        alias.delete()
    skill.name = new
    skill.save()
    add_alias(skill, old)


def add_alias(skill: Skill, name: str) -> None:
    if canonical(name) != skill.key and not skill.aliases.filter(key=canonical(name)).exists():
        SkillAlias(skill=skill, name=name).save()


def merge(one: Skill, other: Skill, actor: Member, changes: list[Change]) -> None:
    """`one` goes; `other` answers to its names and has its pairs, where it has none of its own."""
    writing.write(inherited(one, other), actor, changes)
    for alias in one.aliases.all():
        alias.skill = other
        alias.save()
    name = one.name
    one.delete()
    add_alias(other, name)


def inherited(one: Skill, other: Skill) -> list[Step]:
    pairs = SkillPair.objects.filter(Q(skill_a__in=[one, other]) | Q(skill_b__in=[one, other])).select_related("skill_a", "skill_b")
    by_skill: dict[Skill, dict[Skill, float]] = {one: {}, other: {}}
    for pair in pairs:
        for mine, theirs in ((pair.skill_a, pair.skill_b), (pair.skill_b, pair.skill_a)):
            if mine in by_skill:
                by_skill[mine][theirs] = pair.score
    steps = []
    for third, value in by_skill[one].items():
        steps.append(Step(cell("skill_pairs", one.name, third.name), value, None))
        if third != other and third not in by_skill[other]:
            steps.append(Step(cell("skill_pairs", other.name, third.name), None, value))
    return steps


# --- Taking it back ---


def take_back(changes: Sequence[Change]) -> None:
    """What a version did to words, last first. Raises Entangled when that cannot be."""
    try:
        for change in reversed(changes):
            if change["table"] == "aliases":
                alias_back(change["before"], change["after"])
            elif change["table"] in NAMED:
                word_back(change["table"], change["before"], change["after"])
    except (Skill.DoesNotExist, SkillAlias.DoesNotExist, Field.DoesNotExist, FieldGroup.DoesNotExist) as error:
        raise Entangled from error
    except (ValidationError, ProtectedError) as error:
        raise Entangled from error


def alias_back(before: dict[str, str] | None, after: dict[str, str] | None) -> None:
    if after is None:
        assert before
        alias = SkillAlias(skill=Skill.objects.get(name=before["skill"]), name=before["name"])
    else:
        alias = SkillAlias.objects.get(name=after["name"], skill__name=after["skill"])
        if before is None:
            alias.delete()
            return
        alias.name, alias.skill = before["name"], Skill.objects.get(name=before["skill"])
    alias.full_clean()
    alias.save()


def word_back(table: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    model = NAMED[table]
    if (after is not None and "with" in after) or (before is None and table != "skills"):
        raise Entangled("Fields, groups and who belongs to them are changed back in their own lists.")
    if before is None:
        assert after
        model.objects.get(name=after["name"]).delete()
        return
    word = model.objects.get(name=after["name"]) if after else model()
    word.name, word.slug = before["name"], before["slug"]
    if table == "skills":
        word.category = Skill.objects.get(name=before["category"]) if before["category"] else None
    word.full_clean()
    word.save()
