"""The old matrix: pairs in any order and letter case become one row each, all of a batch one published version.

What staff have decided here since is newer and stays; what shipped with Alliv gives way.
"""

from collections.abc import Sequence

from accounts.vocabulary.models import Skill
from accounts.vocabulary.selectors import SkillEntry, vocabulary
from matching.matrix import key_of, publication
from matching.models import SkillPair
from ops.legacy import records, shapes
from ops.legacy.importing import Importer, Run, each
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.sources import Document

REASON = "From the old system"


class SkillPairs(Importer):
    kind = "skill_pairs"
    collections = (
        "skillpairs", "skillpair", "skillcompatibility", "skillcompatibilities", "skillmatrix", "compatibility", "compatibilities",
        "compatibilitymatrix", "skillcompatibilitymatrix",
    )  # fmt: skip

    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        skills = {skill.key: skill for skill in Skill.objects.all()}
        there = {(pair.skill_a_id, pair.skill_b_id): pair for pair in SkillPair.objects.select_related("skill_a", "skill_b")}
        brought = records.came_over("skill_pairs", [pair.pk for pair in there.values()])
        with publication(None, REASON) as changes:

            def one(document: Document) -> Outcome:
                old = shapes.skill_pair(document)
                first, second = sorted((skills[known(name).key] for name in (old.a, old.b)), key=lambda skill: skill.pk)
                if first == second:
                    raise Skip("with_itself")
                ends = (first.pk, second.pk)
                pair = there.get(ends)
                if pair is not None and (pair.pk in brought or pair.updated_by_id is not None):
                    if pair.score != old.score:
                        run.note(document, "other_score_before")
                    return Merged(pair.pk)
                before = pair.score if pair else None
                pair = there[ends] = pair or SkillPair(skill_a=first, skill_b=second)
                pair.score = old.score
                brought.add(pair.pk)
                if before != old.score:
                    pair.save()
                    changes.append({"table": "skill_pairs", "key": key_of(pair), "before": before, "after": old.score})
                return Imported(pair.pk)

            return each(documents, one)


def known(name: str) -> SkillEntry:
    skill = vocabulary().skill(name)
    if skill is None:
        raise Skip("unknown_skill")
    return skill
