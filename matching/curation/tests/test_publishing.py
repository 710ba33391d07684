"""Draft, publish, take back: one version each, nobody's work lost, and a log that says everything."""

from typing import Any

import pytest

from accounts.models import Member
from accounts.vocabulary.models import Field, Skill, SkillAlias
from accounts.vocabulary.selectors import vocabulary
from matching import matrix
from matching.curation import cells, services
from matching.curation.cells import Cell, cell
from matching.curation.models import Draft, DraftChange
from matching.curation.services import BaseChanged, Choice, NothingToPublish
from matching.curation.tests.cast import BACKEND_FRONTEND, PYTHON_FIGMA, PYTHON_REACT, holds, publish, value
from matching.curation.words import Entangled
from matching.models import MatrixVersion, SkillPair
from ops.errors import Invalid, NotFound
from tests.factories import MemberFactory
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def changes_of(editor: Member) -> list[tuple[str, float | None, float | None]]:
    return [(row.a, row.before, row.after) for row in DraftChange.objects.filter(draft__editor=editor)]


class TestDraft:
    def test_nothing_counts_before_it_is_published(self, cora: Member) -> None:
        before = matrix.tables()
        assert services.set_cell(cora, BACKEND_FRONTEND, 0.5) == 1
        assert matrix.tables() == before
        assert changes_of(cora) == [("Backend", 0.95, 0.5)]

    def test_a_cell_that_is_as_before_is_no_change(self, cora: Member) -> None:
        services.set_cell(cora, BACKEND_FRONTEND, 0.5)
        services.set_cell(cora, BACKEND_FRONTEND, 0.6)
        assert services.set_cell(cora, BACKEND_FRONTEND, 0.95) == 0
        assert services.draft_of(cora) is None

    def test_each_editor_has_their_own(self, cora: Member, carl: Member) -> None:
        services.set_cell(cora, BACKEND_FRONTEND, 0.5)
        services.set_cell(carl, PYTHON_FIGMA, 0.4)
        assert (changes_of(cora), changes_of(carl)) == ([("Backend", 0.95, 0.5)], [("Figma", None, 0.4)])

    def test_changes_are_discarded_one_by_one_or_together(self, cora: Member) -> None:
        services.set_cells(cora, {BACKEND_FRONTEND: 0.5, PYTHON_FIGMA: 0.4, PYTHON_REACT: 0.3})
        first = DraftChange.objects.get(a="Backend")
        services.discard(cora, [str(first.pk)])
        assert len(changes_of(cora)) == 2
        services.discard(cora)
        assert not Draft.objects.exists()

    def test_a_weight_is_never_taken_out(self, cora: Member) -> None:
        with pytest.raises(Invalid):
            services.set_cell(cora, Cell("weights", "field"), None)


class TestPublish:
    def test_all_of_it_is_one_version(self, cora: Member, ana: Member) -> None:
        services.set_cells(
            cora,
            {
                BACKEND_FRONTEND: None,
                PYTHON_FIGMA: 0.4,
                cell("field_synergies", "Law", "Finance"): 0.5,
                cell("boosts", "ai", "health"): 0.05,
                Cell("weights", "field"): 0.25,
                Cell("weights", "skills"): 0.15,
            },
        )
        version = services.publish(cora, " Fewer full stacks ")
        assert (version.number, version.reason, version.actor, version.base) == (2, "Fewer full stacks", cora, 1)
        assert len(version.changes) == 5
        tables = matrix.tables()
        assert ("backend", "frontend") not in tables.skill_pairs
        assert tables.skill_pairs["figma", "python"] == 0.4
        assert (tables.boosts["ai", "health"], tables.weights["field"]) == (0.05, 0.25)
        assert SkillPair.objects.get(score=0.4).updated_by == cora
        assert api(ana).get("/api/skill-compatibility").json()["version"] == 2
        assert services.draft_of(cora) is None
        assert holds()

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
    def test_a_reason_is_asked_for(self, reason: str, cora: Member) -> None:
        services.set_cell(cora, BACKEND_FRONTEND, 0.5)
        with pytest.raises(Invalid):
            services.publish(cora, reason)
        assert changes_of(cora)

    def test_weights_that_do_not_sum_to_one_publish_nothing(self, cora: Member) -> None:
        services.set_cells(cora, {BACKEND_FRONTEND: 0.5, Cell("weights", "field"): 0.9})
        with pytest.raises(Invalid, match=r"sum to 1\.7"):
            services.publish(cora, "More")
        assert (value(BACKEND_FRONTEND), MatrixVersion.objects.count()) == (0.95, 1)
        assert len(changes_of(cora)) == 2

    def test_an_empty_draft_is_no_version(self, cora: Member) -> None:
        with pytest.raises(NothingToPublish):
            services.publish(cora, "Why not")

    def test_what_is_published_already_is_no_version(self, cora: Member, carl: Member) -> None:
        services.set_cell(cora, BACKEND_FRONTEND, 0.5)
        publish(carl, Backend__Frontend=0.5)
        with pytest.raises(NothingToPublish):
            services.publish(cora, "Me too")


class TestConflict:
    def test_other_cells_are_no_conflict(self, cora: Member, carl: Member) -> None:
        services.set_cell(cora, BACKEND_FRONTEND, 0.5)
        publish(carl, Python__Figma=0.4)
        version = services.publish(cora, "Less")
        assert (version.number, version.base) == (3, 1)
        assert (value(BACKEND_FRONTEND), value(PYTHON_FIGMA)) == (0.5, 0.4)
        assert holds()

    def test_the_same_cell_is_told_and_nothing_is_lost(self, cora: Member, carl: Member) -> None:
        services.set_cells(cora, {BACKEND_FRONTEND: 0.5, PYTHON_REACT: 0.3})
        publish(carl, Backend__Frontend=0.6, Python__Figma=0.4)
        with pytest.raises(BaseChanged) as told:
            services.publish(cora, "Less")
        clash = told.value.clashes[0]
        assert (clash.cell, clash.base, clash.theirs, clash.mine) == (BACKEND_FRONTEND, 0.95, 0.6, 0.5)
        assert len(told.value.clashes) == 1
        assert len(changes_of(cora)) == 2
        assert (value(BACKEND_FRONTEND), value(PYTHON_REACT)) == (0.6, None)

    @pytest.mark.parametrize(("mine", "in_the_end"), [({BACKEND_FRONTEND}, 0.5), (set(), 0.6)])
    def test_the_editor_says_whose_value_counts(self, mine: set[Cell], in_the_end: float, cora: Member, carl: Member) -> None:
        services.set_cells(cora, {BACKEND_FRONTEND: 0.5, PYTHON_REACT: 0.3})
        seen = publish(carl, Backend__Frontend=0.6).number
        services.publish(cora, "Less", Choice(seen, frozenset(mine)))
        assert (value(BACKEND_FRONTEND), value(PYTHON_REACT)) == (in_the_end, 0.3)
        assert holds()

    def test_the_editor_says_what_stays_theirs(self, cora: Member, carl: Member) -> None:
        services.set_cells(cora, {BACKEND_FRONTEND: 0.5, PYTHON_FIGMA: 0.3})
        seen = publish(carl, Backend__Frontend=0.6, Figma__Python=0.4).number
        services.publish(cora, "Less", Choice(seen, frozenset(), frozenset({BACKEND_FRONTEND})))
        assert (value(BACKEND_FRONTEND), value(PYTHON_FIGMA)) == (0.6, 0.3)
        assert holds()

    def test_an_answer_to_an_older_state_is_asked_again(self, cora: Member, carl: Member) -> None:
        services.set_cell(cora, BACKEND_FRONTEND, 0.5)
        seen = publish(carl, Backend__Frontend=0.6).number
        publish(carl, Backend__Frontend=0.7)
        with pytest.raises(BaseChanged) as told:
            services.publish(cora, "Less", Choice(seen, frozenset({BACKEND_FRONTEND})))
        assert told.value.clashes[0].theirs == 0.7

    def test_a_cell_whose_skill_was_renamed_meanwhile_is_still_that_cell(self, cora: Member, carl: Member) -> None:
        services.set_cell(cora, PYTHON_FIGMA, 0.5)
        services.change_word(carl, DraftChange.Table.RENAMES, "Figma", "Figma Design")
        services.publish(carl, "Its name")
        services.publish(cora, "More")
        assert value(cell("skill_pairs", "Python", "Figma Design")) == 0.5
        assert holds()


class TestRevert:
    def test_a_version_is_taken_back_as_a_new_one(self, cora: Member, carl: Member) -> None:
        publish(cora, Backend__Frontend=None, Python__Figma=0.4)
        version = services.revert(carl, 2, "It was better before")
        assert (version.number, version.reverts, version.actor) == (3, 2, carl)
        assert (value(BACKEND_FRONTEND), value(PYTHON_FIGMA)) == (0.95, None)
        services.revert(cora, 3, "It was not")
        assert (value(BACKEND_FRONTEND), value(PYTHON_FIGMA)) == (None, 0.4)
        assert holds()

    def test_what_changed_since_is_asked_about(self, cora: Member) -> None:
        publish(cora, Backend__Frontend=0.5, Python__Figma=0.4)
        publish(cora, Backend__Frontend=0.6)
        with pytest.raises(BaseChanged) as told:
            services.revert(cora, 2, "Back")
        assert [(clash.theirs, clash.mine) for clash in told.value.clashes] == [(0.6, 0.95)]
        services.revert(cora, 2, "Back", Choice(told.value.version, frozenset()))
        assert (value(BACKEND_FRONTEND), value(PYTHON_FIGMA)) == (0.6, None)
        assert holds()

    def test_weights_go_back_together(self, cora: Member) -> None:
        services.set_cells(cora, {Cell("weights", "field"): 0.3, Cell("weights", "skills"): 0.1})
        services.publish(cora, "Fields")
        services.revert(cora, 2, "Skills")
        assert matrix.tables().weights["field"] == 0.2
        assert holds()

    @pytest.mark.parametrize("number", [1, 99])
    def test_there_is_nothing_before_the_first(self, number: int, cora: Member) -> None:
        with pytest.raises(NotFound):
            services.revert(cora, number, "Back")

    def test_twice_is_once(self, cora: Member) -> None:
        publish(cora, Backend__Frontend=0.5)
        services.revert(cora, 2, "Back")
        with pytest.raises(NothingToPublish):
            services.revert(cora, 2, "Back")


def skills_of(member: Member) -> list[str]:
    return list(api(member).get("/api/me").json()["skills"])


class TestWords:
    def rename(self, editor: Member, old: str, new: str) -> MatrixVersion:
        services.change_word(editor, DraftChange.Table.RENAMES, old, new)
        return services.publish(editor, "Its name")

    def merge(self, editor: Member, old: str, new: str) -> MatrixVersion:
        services.change_word(editor, DraftChange.Table.MERGES, old, new)
        return services.publish(editor, "They are one")

    def test_a_renamed_skill_keeps_its_pairs_aliases_and_members(self, cora: Member, ana: Member) -> None:
        publish(cora, Python__Figma=0.4)
        aliases = set(vocabulary().skill("Python").aliases)
        self.rename(cora, "python", "Pythonic")
        assert value(cell("skill_pairs", "Pythonic", "Figma")) == 0.4
        assert set(vocabulary().skill("python").aliases) == aliases | {"Python"}
        assert skills_of(ana)[0] == "Pythonic"
        assert holds()
        services.revert(cora, 3, "No")
        assert (value(PYTHON_FIGMA), skills_of(ana)[0]) == (0.4, "Python")
        assert set(vocabulary().skill("python").aliases) == aliases
        assert holds()

    def test_a_merged_skill_hands_on_its_pairs_aliases_and_members(self, cora: Member) -> None:
        dora = MemberFactory(profile__skills=["Flask", "Django", "Python"])
        publish(cora, Flask__Figma=0.4, Flask__React=0.5, Django__React=0.6, Flask__Django=0.7)
        before, skills, aliases = cells.published(), set(vocabulary().skills), SkillAlias.objects.count()
        self.merge(cora, "Flask", "Django")
        assert vocabulary().skill("Flask").name == "Django"
        assert skills_of(dora) == ["Django", "Python"]
        found = cells.published()
        assert found[cell("skill_pairs", "Django", "Figma")] == 0.4
        assert found[cell("skill_pairs", "Django", "React")] == 0.6
        assert not [known for known in found if "Flask" in known]
        assert holds()
        services.revert(cora, 3, "They are two")
        assert (cells.published(), set(vocabulary().skills), SkillAlias.objects.count()) == (before, skills, aliases)
        assert skills_of(dora) == ["Flask", "Django", "Python"]
        assert holds()

    @pytest.mark.parametrize(
        ("table", "old", "new"),
        [
            ("renames", "Telepathy", "Mind reading"),
            ("renames", "Python", "Django"),
            ("renames", "Python", "Python"),
            ("renames", "Python", " "),
            ("merges", "Python", "Telepathy"),
            ("merges", "Python", "py"),
            ("merges", "Backend", "Frontend"),
        ],
    )
    def test_what_cannot_be_is_refused(self, table: Any, old: str, new: str, cora: Member) -> None:
        with pytest.raises(Invalid):
            services.change_word(cora, DraftChange.Table(table), old, new)

    def test_a_name_that_was_taken_since_keeps_the_version_from_being_taken_back(self, cora: Member) -> None:
        self.rename(cora, "Figma", "Figma Design")
        self.merge(cora, "Figma Design", "Python")
        with pytest.raises(Entangled):
            services.revert(cora, 2, "Back")

    def test_a_word_that_staff_rename_in_its_own_list_is_in_the_log(self, cora: Member) -> None:
        for row, name in ((Skill.objects.get(name="Backend"), "Back end"), (Field.objects.get(name="Law"), "Laws")):
            row.name = name
            row.save()
        assert value(cell("field_synergies", "Laws", "Finance")) == 0.82
        assert holds()


def test_versions_are_never_changed_or_deleted(cora: Member) -> None:
    version = publish(cora, Backend__Frontend=0.5)
    version.reason = "Another"
    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(TypeError):
        version.delete()
