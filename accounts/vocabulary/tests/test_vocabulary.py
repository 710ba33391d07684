"""The vocabulary in memory and through its doors: searched, paged, edited by staff, fresh with the next look."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Member
from accounts.vocabulary.models import Field, Skill, SkillAlias
from accounts.vocabulary.selectors import vocabulary
from tests.factories import SkillAliasFactory, SkillFactory
from tests.support import api, pointers, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def found(query: str, **more: Any) -> list[str]:
    return [entry.name for entry in vocabulary().search_skills(query, **more)]


class TestSearch:
    def test_exact_names_come_first_then_beginnings_then_the_rest(self) -> None:
        for name in ("Zebra", "Zebra Crossings", "Crossing a Zebra"):
            SkillFactory(name=name)
        assert found("ZEBRA") == ["Zebra", "Zebra Crossings", "Crossing a Zebra"]

    @pytest.mark.parametrize(
        ("query", "name"), [("js", "JavaScript"), ("postgres", "PostgreSQL"), ("  REACT ", "React"), ("ui/ux", "UI/UX")]
    )
    def test_a_name_or_an_alias_finds_it_first(self, query: str, name: str) -> None:
        assert found(query)[0] == name

    def test_ten_by_default(self) -> None:
        assert len(found("a")) == 10
        assert len(found("a", limit=3)) == 3

    def test_what_nobody_knows_is_not_found(self) -> None:
        assert found("zzzzzz") == []


class TestApi:
    def test_fields_come_whole(self, ana: Member) -> None:
        body = api(ana).get("/api/fields").json()
        assert (body["next"], len(body["results"])) == (None, Field.objects.count())
        row = next(row for row in body["results"] if row["name"] == "Software Development")
        assert row == {"slug": "software-development", "name": "Software Development", "groups": ["development"]}

    def test_skills_are_searched_by_alias(self, ana: Member) -> None:
        rows = api(ana).get("/api/skills", {"q": "js"}).json()["results"]
        assert rows[0]["name"] == "JavaScript"
        assert set(rows[0]) == {"slug", "name", "category", "aliases"}
        assert rows[0]["category"] == "Frontend"

    @pytest.mark.parametrize(("query", "count"), [({"q": "a"}, 10), ({"q": "a", "limit": 4}, 4), ({}, 20), ({"q": " ", "limit": 100}, 100)])
    def test_how_many(self, query: dict[str, Any], count: int, ana: Member) -> None:
        assert len(api(ana).get("/api/skills", query).json()["results"]) == count

    def test_pages_lead_through_all_of_them_and_back(self, ana: Member) -> None:
        client, names, address, pages = api(ana), [], "/api/skills?limit=100", []
        while address:
            pages.append(client.get(address).json())
            names += [row["name"] for row in pages[-1]["results"]]
            address = pages[-1]["next"]
        assert len(names) >= 400
        assert names == sorted(Skill.objects.values_list("name", flat=True))
        assert client.get(pages[1]["previous"]).json() == pages[0]

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"q": "a", "limit": 101}])
    def test_limits_are_from_1_to_100(self, query: dict[str, Any], ana: Member) -> None:
        assert pointers(api(ana).get("/api/skills", query)) == {"/limit": "invalid"}

    def test_a_cursor_that_is_not_ours_is_refused(self, ana: Member) -> None:
        assert pointers(api(ana).get("/api/skills", {"cursor": "x"})) == {"/cursor": "invalid"}

    @pytest.mark.parametrize("path", ["/api/fields", "/api/skills"])
    def test_it_is_for_members(self, path: str, stranger: Any) -> None:
        refused(stranger.get(path), 401, "not_authenticated")


class TestFreshness:
    def test_a_new_skill_a_rename_and_an_alias_are_known_at_once(self) -> None:
        assert vocabulary().skill("Knot Tying") is None
        skill = SkillFactory(name="Knot Tying")
        assert vocabulary().skill("knot  tying").name == "Knot Tying"
        SkillAliasFactory(skill=skill, name="Ropework")
        assert vocabulary().skill("ropework").name == "Knot Tying"
        skill.name = "Knots"
        skill.save()
        assert vocabulary().skill("Knots").key == "knots"
        skill.delete()
        assert vocabulary().skill("ropework") is None

    def test_without_news_it_is_the_same_object(self) -> None:
        assert vocabulary() is vocabulary()

    def test_a_group_given_to_a_field_is_known(self) -> None:
        law = Field.objects.get(name="Law")
        group = Field.objects.get(name="Design").groups.get()
        law.groups.add(group)
        assert vocabulary().field("law").groups == {group.slug}


class TestNames:
    def test_a_skill_cannot_take_an_alias_s_name_nor_the_other_way_round(self) -> None:
        with pytest.raises(ValidationError, match="already"):
            Skill(name="js").full_clean()
        with pytest.raises(ValidationError, match="already"):
            SkillAlias(skill=Skill.objects.get(name="Python"), name="javascript").full_clean()

    def test_a_category_has_no_category(self) -> None:
        python = Skill.objects.get(name="Python")
        with pytest.raises(ValidationError, match="has no category itself"):
            Skill(name="Asyncio", category=python).full_clean()

    def test_two_spellings_of_one_name_are_refused(self) -> None:
        with pytest.raises(ValidationError):
            Skill(name=" PYTHON ").full_clean()

    def test_a_slug_is_made_from_the_name(self) -> None:
        assert SkillFactory(name="  Knot   Tying ").slug == "knot-tying"

    def test_names_in_any_script_can_be_saved(self, client: Client, sam: Member) -> None:
        client.force_login(sam)
        for name in ("知识", "数据"):
            data = {"name": name, "slug": "", "category": "", "aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
            answer = client.post("/admin/vocabulary/skill/add/", data)
            assert answer.status_code == 302, answer.context["errors"]
            assert vocabulary().skill(name).name == name
        assert vocabulary().skill("") is None
