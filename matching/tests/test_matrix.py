"""The matrix: one row for two skills in either order, every change one audited version, through every door."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Member
from accounts.vocabulary.models import Field, Skill
from matching import matrix
from matching.models import Boost, FieldSynergy, MatrixVersion, SkillPair, Weights
from ops import revisions
from tests.factories import MemberFactory, SkillFactory
from tests.support import api, pointers, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PATH = "/api/admin/skill-compatibility"


def skill(name: str) -> Skill:
    return Skill.objects.get(name=name)


def by_id(*names: str) -> list[Skill]:
    return sorted(map(skill, names), key=lambda row: row.pk)


def version() -> int:
    number = revisions.current()["matrix"]
    assert MatrixVersion.objects.first().number == number
    assert matrix.tables().version == number
    return number


class TestRows:
    """The database has the last word."""

    def test_a_pair_is_saved_in_one_order(self) -> None:
        a, b = by_id("Python", "Figma")
        pair = SkillPair.objects.create(skill_a=b, skill_b=a, score=0.5)
        assert (pair.skill_a, pair.skill_b) == (a, b)
        assert matrix.skill_pair(a, b) == matrix.skill_pair(b, a) == pair

    @pytest.mark.parametrize(
        ("ends", "score"),
        [(("Python", "Python"), 0.5), (("Python", "Figma"), -0.01), (("Python", "Figma"), 1.01), (("Backend", "Frontend"), 0.5)],
        ids=["with itself", "below 0", "above 1", "twice"],
    )
    def test_what_cannot_be_is_refused(self, ends: tuple[str, str], score: float) -> None:
        a, b = by_id(*ends)
        with pytest.raises(IntegrityError), transaction.atomic():
            SkillPair.objects.bulk_create([SkillPair(skill_a=a, skill_b=b, score=score)])

    def test_the_wrong_order_is_refused(self) -> None:
        a, b = by_id("Python", "Figma")
        with pytest.raises(IntegrityError), transaction.atomic():
            SkillPair.objects.bulk_create([SkillPair(skill_a=b, skill_b=a, score=0.5)])

    def test_there_is_one_row_of_weights(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Weights.objects.create()

    def test_weights_sum_to_one(self) -> None:
        row = Weights.objects.get()
        row.field = 0.3
        with pytest.raises(ValidationError, match="sum to 1"):
            row.full_clean()


class TestApi:
    def test_a_new_pair(self, sam: Member) -> None:
        before = version()
        answer = api(sam).post(PATH, {"skill_a": "python", "skill_b": "ReactJS", "score": 0.7, "reason": "Full stack"})
        row = answer.json()
        assert answer.status_code == 201
        assert set(row) == {"id", "skill_a", "skill_b", "score", "updated_at", "updated_by"}
        assert {row["skill_a"], row["skill_b"]} == {"Python", "React"}
        assert (row["score"], row["updated_by"]) == (0.7, str(sam.pk))
        assert version() == before + 1
        audit = MatrixVersion.objects.first()
        assert (audit.actor, audit.reason, audit.request_id) == (sam, "Full stack", answer["X-Request-ID"])
        assert audit.changes == [{"table": "skill_pairs", "key": ["Python", "React"], "before": None, "after": 0.7}]
        assert matrix.tables().skill_pairs[("python", "react")] == 0.7

    def test_either_order_is_the_same_row(self, sam: Member) -> None:
        first = api(sam).post(PATH, {"skill_a": "Python", "skill_b": "Figma", "score": 0.7})
        again = api(sam).post(PATH, {"skill_a": "Figma", "skill_b": "Python", "score": 0.8})
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        assert MatrixVersion.objects.first().changes[0]["before"] == 0.7

    def test_an_identical_value_changes_nothing(self, sam: Member) -> None:
        row = api(sam).post(PATH, {"skill_a": "Python", "skill_b": "Figma", "score": 0.7}).json()
        before = version()
        assert api(sam).post(PATH, {"skill_a": "Python", "skill_b": "Figma", "score": 0.7}).json() == row
        assert api(sam).patch(f"{PATH}/{row['id']}", {"score": 0.7}).json() == row
        assert version() == before

    def test_one_row_is_read_changed_and_deleted(self, sam: Member) -> None:
        client = api(sam)
        row = client.post(PATH, {"skill_a": "Python", "skill_b": "Figma", "score": 0.7}).json()
        before = version()
        assert client.get(f"{PATH}/{row['id']}").json() == row
        assert client.patch(f"{PATH}/{row['id']}", {"score": 0.2, "reason": "Less"}).json()["score"] == 0.2
        assert client.delete(f"{PATH}/{row['id']}").status_code == 204
        assert version() == before + 2
        assert [audit.changes[0]["after"] for audit in MatrixVersion.objects.all()[:2]] == [None, 0.2]
        refused(client.get(f"{PATH}/{row['id']}"), 404, "not_found")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"skill_b": "Python"}, {"/skill_b": "invalid"}),
            ({"skill_b": "py"}, {"/skill_b": "invalid"}),
            ({"skill_b": "Telepathy"}, {"/skill_b": "unknown_skill"}),
            ({"score": 1.01}, {"/score": "max_value"}),
            ({"score": -0.01}, {"/score": "min_value"}),
            ({"score": "nan"}, {"/score": "invalid"}),
            ({"score": 10**400}, {"/score": "overflow"}),
            ({"score": None}, {"/score": "null"}),
            ({"colour": 1}, {"/colour": "unknown_field"}),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, body: dict[str, Any], code: dict[str, str], sam: Member) -> None:
        before = version()
        assert pointers(api(sam).post(PATH, {"skill_a": "Python", "skill_b": "Figma", "score": 0.5, **body})) == code
        assert version() == before

    def test_all_rows_are_listed_in_pages(self, sam: Member) -> None:
        client, seen, address = api(sam), [], f"{PATH}?limit=7"
        while address:
            page = client.get(address).json()
            seen += [row["id"] for row in page["results"]]
            address = page["next"]
        assert len(seen) == len(set(seen)) == SkillPair.objects.count()


class TestPermissions:
    ACTS: dict[str, Callable[[Any, SkillPair], Any]] = {
        "view": lambda client, pair: client.get(f"{PATH}/{pair.pk}"),
        "add": lambda client, pair: client.post(PATH, {"skill_a": "Python", "skill_b": "Figma", "score": 0.5}),
        "change": lambda client, pair: client.patch(f"{PATH}/{pair.pk}", {"score": 0.123}),
        "delete": lambda client, pair: client.delete(f"{PATH}/{pair.pk}"),
    }

    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("held", ACTS)
    def test_staff_may_do_what_they_were_given(self, act: str, held: str) -> None:
        staff = MemberFactory(is_staff=True)
        staff.user_permissions.add(Permission.objects.get(codename=f"{held}_skillpair"))
        answer = self.ACTS[act](api(staff), SkillPair.objects.first())
        if act == held:
            assert answer.status_code < 300
        else:
            refused(answer, 403, "forbidden")

    def test_who_may_only_change_cannot_add_by_the_same_door(self) -> None:
        staff = MemberFactory(is_staff=True)
        staff.user_permissions.add(Permission.objects.get(codename="change_skillpair"))
        known, new = (api(staff).post(PATH, {"skill_a": a, "skill_b": "Frontend", "score": 0.5}) for a in ("Backend", "Figma"))
        assert known.status_code == 200
        refused(new, 403, "forbidden")

    def test_a_permission_without_being_staff_is_not_enough(self, ana: Member) -> None:
        ana.user_permissions.add(Permission.objects.get(codename="view_skillpair"))
        refused(api(ana).get(PATH), 403, "forbidden")

    def test_strangers_sign_in_first(self, stranger: Any) -> None:
        refused(stranger.get(PATH), 401, "not_authenticated")


class TestPublished:
    def test_any_member_reads_what_scores_are_made_from(self, ana: Member) -> None:
        body = api(ana).get("/api/skill-compatibility").json()
        assert set(body) == {"version", "pairs", "field_synergies", "weights", "boosts"}
        assert body["version"] == 1
        assert {"skill_a": "Backend", "skill_b": "Frontend", "score": 0.95} in body["pairs"]
        assert {frozenset((row["field_a"], row["field_b"])): row["score"] for row in body["field_synergies"]}[
            frozenset(("Law", "Finance"))
        ] == 0.82
        assert (len(body["pairs"]), len(body["field_synergies"]), len(body["boosts"])) == (17, 13, 3)
        assert sum(body["weights"].values()) == pytest.approx(1)

    def test_what_did_not_change_is_not_sent_again(self, ana: Member, sam: Member) -> None:
        client = api(ana)
        tag = client.get("/api/skill-compatibility")["ETag"]
        same = client.get("/api/skill-compatibility", headers={"If-None-Match": tag})
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
        matrix.set_skill_pair(actor=sam, skill_a=skill("Python"), skill_b=skill("Figma"), score=0.9)
        assert client.get("/api/skill-compatibility", headers={"If-None-Match": tag}).status_code == 200

    def test_a_renamed_skill_is_news(self, ana: Member) -> None:
        client = api(ana)
        tag = client.get("/api/skill-compatibility")["ETag"]
        row = skill("Backend")
        row.name = "Back end"
        row.save()
        answer = client.get("/api/skill-compatibility", headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert {"skill_a": "Back end", "skill_b": "Frontend", "score": 0.95} in answer.json()["pairs"]


class TestDefaults:
    def empty(self) -> None:
        for model in (SkillPair, FieldSynergy, Boost, Weights):
            model.objects.all().delete()

    def test_they_serve_while_tables_are_empty_and_nothing_was_published(self) -> None:
        shipped = matrix.tables()
        self.empty()
        assert matrix.tables() == shipped

    def test_after_a_publication_an_empty_table_is_empty(self, sam: Member) -> None:
        self.empty()
        matrix.set_skill_pair(actor=sam, skill_a=skill("Python"), skill_b=skill("Figma"), score=0.9)
        tables = matrix.tables()
        assert tables.skill_pairs == {("figma", "python"): 0.9}
        assert (tables.field_synergies, tables.boosts) == ({}, {})
        assert sum(tables.weights.values()) == pytest.approx(1)

    def test_a_default_that_staff_deleted_stays_deleted(self, sam: Member) -> None:
        for pair in SkillPair.objects.all():
            assert api(sam).delete(f"{PATH}/{pair.pk}").status_code == 204
        assert matrix.tables().skill_pairs == {}
        assert version() == 18


class TestAdmin:
    @pytest.fixture
    def staff(self, sam: Member, client: Client) -> Client:
        client.force_login(sam)
        return client

    def test_a_pair_added_in_the_wrong_order_is_one_version(self, staff: Client, sam: Member) -> None:
        before, (a, b) = version(), by_id("Python", "Figma")
        answer = staff.post("/admin/matching/skillpair/add/", {"skill_a": b.pk, "skill_b": a.pk, "score": "0.4"})
        assert answer.status_code == 302, answer.context["errors"]
        pair = SkillPair.objects.get(skill_a=a, skill_b=b)
        assert (pair.score, pair.updated_by) == (0.4, sam)
        assert version() == before + 1
        assert MatrixVersion.objects.first().changes == [{"table": "skill_pairs", "key": ["Figma", "Python"], "before": None, "after": 0.4}]

    @pytest.mark.parametrize(
        ("ends", "score"),
        [(("Frontend", "Backend"), "0.4"), (("Python", "Python"), "0.4"), (("Python", "Figma"), "1.4"), (("Python", "Figma"), "nan")],
    )
    @pytest.mark.parametrize("turned", [False, True])
    def test_a_mistake_is_told_not_saved(self, ends: tuple[str, str], score: str, turned: bool, staff: Client) -> None:
        before, rows = version(), by_id(*ends)[:: -1 if turned else 1]
        answer = staff.post("/admin/matching/skillpair/add/", {"skill_a": rows[0].pk, "skill_b": rows[-1].pk, "score": score})
        assert answer.status_code == 200
        assert answer.context["errors"]
        assert version() == before

    def test_saving_the_same_value_is_no_version(self, staff: Client) -> None:
        before, pair = version(), SkillPair.objects.first()
        data = {"skill_a": pair.skill_a_id, "skill_b": pair.skill_b_id, "score": str(pair.score)}
        assert staff.post(f"/admin/matching/skillpair/{pair.pk}/change/", data).status_code == 302
        assert version() == before

    def test_deleting_several_is_audited_row_by_row(self, staff: Client) -> None:
        before, pairs = version(), SkillPair.objects.all()[:2]
        data = {"action": "delete_selected", "_selected_action": [str(pair.pk) for pair in pairs], "post": "yes"}
        assert staff.post("/admin/matching/skillpair/", data).status_code == 302
        assert version() == before + 2

    def test_synergies_and_boosts_are_published_too(self, staff: Client) -> None:
        before, synergy, boost = version(), FieldSynergy.objects.first(), Boost.objects.first()
        synergy_data = {"field_a": synergy.field_a_id, "field_b": synergy.field_b_id, "score": "0.11"}
        boost_data = {"group_a": boost.group_a_id, "group_b": boost.group_b_id, "points": "0.12"}
        assert staff.post(f"/admin/matching/fieldsynergy/{synergy.pk}/change/", synergy_data).status_code == 302
        assert staff.post(f"/admin/matching/boost/{boost.pk}/change/", boost_data).status_code == 302
        assert version() == before + 2
        assert [audit.changes[0]["table"] for audit in MatrixVersion.objects.all()[:2]] == ["boosts", "field_synergies"]
        assert 0.11 in matrix.tables().field_synergies.values()
        assert 0.12 in matrix.tables().boosts.values()

    @pytest.mark.parametrize(("field", "published"), [("0.3", 1), ("0.2", 0), ("0.9", 0)])
    def test_weights_are_published_when_they_change_and_sum_to_one(self, field: str, published: int, staff: Client) -> None:
        before, row = version(), Weights.objects.get()
        data = {**row.by_factor(), "field": field, "skills": "0.1" if published else row.skills}
        staff.post(f"/admin/matching/weights/{row.pk}/change/", data)
        assert version() == before + published
        assert matrix.tables().weights["field"] == pytest.approx(0.3 if published else 0.2)

    def test_weights_are_neither_added_nor_deleted(self, staff: Client) -> None:
        assert staff.get("/admin/matching/weights/add/").status_code == 403
        assert staff.post(f"/admin/matching/weights/{Weights.objects.get().pk}/delete/").status_code == 403

    @pytest.mark.parametrize("model", ["matrixversion", "swipe", "match"])
    def test_the_audit_is_only_read(self, model: str, staff: Client) -> None:
        assert staff.get(f"/admin/matching/{model}/").status_code == 200
        assert staff.get(f"/admin/matching/{model}/add/").status_code == 403

    @pytest.mark.parametrize("model", ["skillpair", "fieldsynergy", "boost", "weights"])
    def test_every_table_can_be_looked_at(self, model: str, staff: Client) -> None:
        assert staff.get(f"/admin/matching/{model}/").status_code == 200
        assert staff.get(f"/admin/matching/{model}/add/").status_code == (403 if model == "weights" else 200)


def test_a_changed_word_is_a_version_too() -> None:
    before = version()
    SkillFactory(name="Cartography")
    assert version() == before + 1
    assert MatrixVersion.objects.first().changes[0]["key"] == ["Cartography"]


def test_a_renamed_field_keeps_its_synergies() -> None:
    row = Field.objects.get(name="Law")
    row.name = "Jurisprudence"
    row.save()
    assert matrix.tables().field_synergies[("finance", row.slug)] == 0.82


class TestDeletedWords:
    """A word takes its pairs along, and the audit says so."""

    def test_a_skill_s_pairs_are_in_the_audit(self) -> None:
        figma = skill("Figma")
        for name, score in (("Python", 0.3), ("Django", 0.4)):
            first, second = by_id("Figma", name)
            SkillPair.objects.create(skill_a=first, skill_b=second, score=score)
        figma.delete()
        row = MatrixVersion.objects.get(reason="Figma was deleted")
        assert sorted((change["key"], change["before"], change["after"]) for change in row.changes) == [
            (["Django", "Figma"], 0.4, None),
            (["Figma", "Python"], 0.3, None),
        ]
        assert {change["table"] for change in row.changes} == {"skill_pairs"}
        assert MatrixVersion.objects.first().changes[0]["table"] == "skills"

    def test_so_are_a_field_s_and_a_group_s(self) -> None:
        field = Field.objects.get(name="Finance")
        kept = FieldSynergy.objects.filter(field_a=field).count() + FieldSynergy.objects.filter(field_b=field).count()
        Field.objects.filter(pk=field.pk).delete()
        assert kept
        assert len(MatrixVersion.objects.get(reason="Finance was deleted").changes) == kept
        group = Boost.objects.first().group_a  # type: ignore[union-attr]
        group.delete()
        assert {change["table"] for change in MatrixVersion.objects.get(reason=f"{group} was deleted").changes} == {"boosts"}

    def test_a_word_without_pairs_leaves_no_version_of_its_own(self) -> None:
        SkillFactory(name="Whistling").delete()
        assert not MatrixVersion.objects.filter(reason="Whistling was deleted").exists()
