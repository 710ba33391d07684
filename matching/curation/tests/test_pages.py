"""The editor without JavaScript, by the forms and links that are really there; and who may not use it."""

import re
from html import unescape
from itertools import combinations
from typing import Any

import pytest
from django.test import Client

from accounts.models import Member
from accounts.vocabulary.models import Skill
from alliv.tests.routes import patterns
from matching import matrix
from matching.curation import services
from matching.curation.cells import Cell, cell
from matching.curation.models import DraftChange
from matching.curation.tests.cast import BACKEND_FRONTEND, PYTHON_FIGMA, RIGHTS, curator, holds, publish, value
from matching.models import Weights
from matching.ranking.published import published
from tests.browser import Browser
from tests.factories import SkillFactory
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def label(browser: Browser, name: str) -> str:
    """What the square of this name is called, from its beginning on."""
    found = re.search(rf'aria-label="({re.escape(name)}, [^"]*)"', browser.answer.content.decode())
    assert found, name
    return unescape(found[1])


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def edit(browser: Browser, square: str, new: str) -> Browser:
    browser.open(f"/admin/matrix/?q=backend&cell={square}")
    return browser.press("Put into the draft", value=new)


class TestGrid:
    def test_every_square_has_a_name_and_its_mirror_the_same(self, cora: Member) -> None:
        browser = Browser(cora).open("/admin/matrix/")
        html = browser.answer.content.decode()
        assert label(browser, "Backend × Frontend") == "Backend × Frontend, 0.95"
        assert html.count('aria-label="Backend × Frontend, 0.95"') == 2
        assert label(browser, "Backend × Mobile") == "Backend × Mobile, 0.85"
        assert label(browser, "3D × Backend") == "3D × Backend, not listed"
        assert html.count('scope="col"') == html.count('scope="row"') == 45

    def test_the_skills_of_a_category_show_what_they_inherit(self, cora: Member) -> None:
        browser = Browser(cora).open("/admin/matrix/skills/backend/?with=frontend&q=django")
        assert label(browser, "Django × React") == "Django × React, 0.95 by their categories"
        browser.click(".95").press("Put into the draft", value="30")
        assert browser.path == "/admin/matrix/skills/backend/?with=frontend&q=django"
        assert label(browser, "Django × Frontend") == "Django × Frontend, 0.30, in your draft, published: not listed"
        assert label(browser, "Django × React") == "Django × React, 0.30 by their categories"

    def test_searching_leaves_the_rows_of_that_name_and_finds_skills(self, cora: Member) -> None:
        browser = Browser(cora).open("/admin/matrix/?q=back")
        assert browser.answer.content.decode().count('scope="row"') == 1
        assert ("Django", "/admin/matrix/skills/backend/?q=Django") in browser.open("/admin/matrix/?q=Django").page.links

    @pytest.mark.parametrize(
        "path", ["fields", "boosts", "weights", "versions", "versions/1", "versions/1/?against=1", "words", "draft", "preview"]
    )
    def test_there_are_pages_for_everything_else(self, path: str, cora: Member) -> None:
        Browser(cora).open(f"/admin/matrix/{path.rstrip('/')}{'' if '?' in path else '/'}")

    @pytest.mark.parametrize("path", ["skills/nothing/", "skills/django/", "versions/99/"])
    def test_there_is_nothing_else(self, path: str, cora: Member) -> None:
        Browser(cora).open(f"/admin/matrix/{path}", status=404)

    def test_forty_five_categories_take_few_queries(self, cora: Member, django_assert_max_num_queries: Any) -> None:
        browser = Browser(cora).open("/admin/matrix/")
        with django_assert_max_num_queries(32):
            browser.open("/admin/matrix/")


class TestEditing:
    @pytest.mark.parametrize(("text", "kept"), [(".5", 0.5), ("0,5", 0.5), ("50", 0.5), ("50 %", 0.5), ("1", 1.0), ("0", 0.0), ("", None)])
    def test_a_value_in_any_spelling(self, text: str, kept: float | None, cora: Member) -> None:
        edit(Browser(cora), "backend:frontend", text)
        assert DraftChange.objects.get().after == kept
        assert value(BACKEND_FRONTEND) == 0.95

    @pytest.mark.parametrize("text", ["-1", "101", "nan", "much", "inf"])
    def test_what_is_no_share_is_refused(self, text: str, cora: Member) -> None:
        browser = edit(Browser(cora), "backend:frontend", text)
        assert "A value lies between 0 and 1" in browser.text
        assert not DraftChange.objects.exists()

    def test_a_script_is_answered_with_the_square(self, cora: Member) -> None:
        client = Client(headers={"accept": "application/json"})
        client.force_login(cora)
        body = {"table": "skill_pairs", "a": "Frontend", "b": "Backend", "value": "5"}
        assert client.post("/admin/matrix/cell/", {**body, "value": "0.5"}).json() == {
            "value": 0.5, "shown": ".50", "css": "h10 mine", "label": "Backend × Frontend, 0.50, in your draft, published: 0.95", "changes": 1,
        }  # fmt: skip
        assert client.post("/admin/matrix/cell/", {**body, "value": "0.95"}).json()["changes"] == 0
        for wrong in ({"value": "x"}, {"a": "Telepathy"}, {"a": "Backend"}, {"table": "renames"}):
            answer = client.post("/admin/matrix/cell/", {**body, **wrong})
            assert (answer.status_code, set(answer.json())) == (400, {"detail"})

    def test_the_draft_survives_signing_out_and_others_see_that_somebody_is_at_work(self, cora: Member, carl: Member) -> None:
        edit(Browser(cora), "backend:frontend", "50")
        assert "0.50" in Browser(cora).open("/admin/matrix/draft/").text
        theirs = Browser(carl).open("/admin/matrix/")
        assert "Also at work: Cora" in theirs.text
        assert label(theirs, "Backend × Frontend") == "Backend × Frontend, 0.95, also in somebody else's draft"

    def test_weights_are_changed_together(self, cora: Member) -> None:
        browser = Browser(cora).open("/admin/matrix/weights/")
        browser.press("Put into the draft", field="0.9", status=400)
        assert "sum to 1.7" in browser.text
        browser.press("Put into the draft", field="0.25", skills="0.15")
        assert {row.a for row in DraftChange.objects.all()} == {"field", "skills"}

    def test_changes_are_discarded(self, cora: Member) -> None:
        services.set_cells(cora, {BACKEND_FRONTEND: 0.5, PYTHON_FIGMA: 0.4})
        browser = Browser(cora).open("/admin/matrix/draft/")
        browser.press("Discard the marked", change=str(DraftChange.objects.get(a="Backend").pk))
        assert [row.a for row in DraftChange.objects.all()] == ["Figma"]
        browser.press("Discard everything")
        assert "Your draft is empty" in browser.text


class TestPublishing:
    def test_from_the_draft_to_a_version_and_back(self, cora: Member, ana: Member) -> None:
        edit(Browser(cora), "backend:frontend", "50")
        browser = Browser(cora).open("/admin/matrix/draft/")
        browser.press("Publish", reason="", status=400)
        browser.press("Publish", reason="Fewer full stacks")
        assert "Version 2 is published" in browser.text
        assert api(ana).get("/api/skill-compatibility").json()["version"] == 2
        browser.press("Publish the reverse", reason="No, more")
        assert "takes back version 2" in browser.text
        assert (value(BACKEND_FRONTEND), matrix.tables().version) == (0.95, 3)
        browser.open("/admin/matrix/versions/3/").press("Compare", against="2")
        assert "From version 2 to version 3" in browser.text
        assert holds()

    def test_who_comes_second_decides_cell_by_cell(self, cora: Member, carl: Member) -> None:
        services.set_cells(cora, {BACKEND_FRONTEND: 0.5, cell("skill_pairs", "AI/ML", "Data Science"): 0.4, PYTHON_FIGMA: 0.3})
        publish(carl, **{"Backend__Frontend": 0.6, "AI/ML__Data Science": 0.7})
        browser = Browser(cora).open("/admin/matrix/draft/").press("Publish", reason="Mine", status=409)
        assert "for 2 of the same cells" in browser.text
        browser.press("Publish with these choices", **{"choice-1": "mine"})
        now = {row.a: row.after for row in DraftChange.objects.all()}
        assert (value(BACKEND_FRONTEND), value(cell("skill_pairs", "AI/ML", "Data Science")), value(PYTHON_FIGMA), now) == (
            0.5,
            0.7,
            0.3,
            {},
        )

    def test_taking_back_what_changed_since_asks_the_same_way(self, cora: Member) -> None:
        publish(cora, Backend__Frontend=0.5)
        publish(cora, Backend__Frontend=0.6)
        browser = Browser(cora).open("/admin/matrix/versions/2/").press("Publish the reverse", reason="Back", status=409)
        browser.press("Publish with these choices", **{"choice-0": "mine"})
        assert "takes back version 2" in browser.text
        assert value(BACKEND_FRONTEND) == 0.95

    def test_the_preview_shows_whose_ranking_changes_and_counts_for_nobody(
        self, cora: Member, ana: Member, ben: Member, cleo: Member
    ) -> None:
        weights = {Cell("weights", factor): float(factor == "field") for factor in Weights.FACTORS}
        services.set_cells(cora, {**weights, cell("field_synergies", "Software Development", "Medicine"): 1.0})
        browser = Browser(cora).open("/admin/matrix/preview/")
        assert "of 3 see their first ten in another order" in browser.text
        assert "Field 18.0 → 90.0" in browser.text
        browser.press("Look at them", members="ana@example.org")
        assert "1 of 1 see their first ten in another order" in browser.text
        assert "2 → 1" in browser.text
        assert api(ana).get("/api/discover").json()["results"][0]["member"]["name"] == "Ben Vogel"
        assert "Nobody has the address" in browser.press("Look at them", members="nobody@example.org", status=400).text

    def test_words_are_renamed_by_the_same_way(self, cora: Member) -> None:
        browser = Browser(cora).open("/admin/matrix/words/")
        browser.press("Put into the draft", old="Python", new="Django", status=400)
        assert "merge the two instead" in browser.text
        browser.press("Put into the draft", table="merges", old="Flask", new="Django")
        browser.press("Publish", reason="They are one")
        assert "Version 2 is published" in browser.text


@pytest.mark.parametrize(("rest", "in_the_end"), [("mine", 0.3), ("theirs", 0.4)])
def test_more_clashes_than_a_form_has_room_for(rest: str, in_the_end: float, cora: Member, carl: Member) -> None:
    names = sorted(Skill.objects.filter(category=None).values_list("name", flat=True))
    pairs = [cell("skill_pairs", *pair) for pair in combinations(names, 2)][:300]
    for editor, score in ((cora, 0.3), (carl, 0.4)):
        services.set_cells(editor, dict.fromkeys(pairs, score))
    services.publish(carl, "First")
    browser = Browser(cora).open("/admin/matrix/draft/").press("Publish", reason="Second", status=409)
    assert "for 300 of the same cells" in browser.text
    assert "200 more" in browser.text
    browser.press("Publish with these choices", **{"choice-0": "mine", "rest": rest})
    assert [value(pair) for pair in (pairs[0], pairs[1], pairs[-1])] == [0.3, 0.4, in_the_end]
    assert holds()


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", "x"])
def test_numbers_that_are_none(number: str, cora: Member, carl: Member) -> None:
    services.set_cell(cora, BACKEND_FRONTEND, 0.5)
    publish(carl, Backend__Frontend=0.6)
    client = signed_in(cora)
    assert client.get(f"/admin/matrix/versions/1/?against={number}").status_code == 200
    assert client.post("/admin/matrix/publish/", {"reason": "Less", "seen": number, "cell-0": number}).status_code == 409


@pytest.mark.parametrize("wrong", ["x", "", "²"])
def test_what_is_no_change_cannot_be_discarded(wrong: str, cora: Member) -> None:
    services.set_cell(cora, BACKEND_FRONTEND, 0.5)
    assert signed_in(cora).post("/admin/matrix/draft/discard/", {"change": wrong}).status_code == 404
    assert DraftChange.objects.exists()


def test_a_weight_has_one_name(cora: Member) -> None:
    client, weight = signed_in(cora), {"table": "weights", "a": "skills", "value": ".5"}
    client.post("/admin/matrix/cell/", {**weight, "b": "x"})
    assert not DraftChange.objects.exists()
    client.post("/admin/matrix/cell/", weight)
    assert DraftChange.objects.exists()


def test_any_name_may_clash(cora: Member, carl: Member) -> None:
    SkillFactory(name="C|C++")
    pair = cell("skill_pairs", "C|C++", "Backend")
    services.set_cell(cora, pair, 0.3)
    services.set_cell(carl, pair, 0.4)
    services.publish(carl, "First")
    browser = Browser(cora).open("/admin/matrix/draft/").press("Publish", reason="Second", status=409)
    browser.press("Publish with these choices", **{"choice-0": "mine"})
    assert value(pair) == 0.3


# --- Who may not ---

PAGES = sorted("/" + re.sub(r"<\w+:(\w+)>", lambda found: {"slug": "backend", "number": "1"}[found[1]], route) for route, _ in patterns() if route.startswith("admin/matrix/"))  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_the_right_every_page_is_refused_and_who_is_nobody_signs_in(method: str, sam: Member) -> None:
    kim, ana = Client(), Client()
    kim.force_login(curator("kim@example.org", rights=["view_skill", "change_skillpair"]))
    assert len(PAGES) > 12
    for page in PAGES:
        answer = getattr(kim, method)(page)
        assert answer.status_code == 403, page
        assert getattr(ana, method)(page)["Location"].startswith("/admin/login/"), page


def test_who_may_look_changes_nothing(sam: Member) -> None:
    looker = Client()
    looker.force_login(curator("lena@example.org", rights=["view_matrixversion"]))
    seen: dict[str, int] = {page: looker.get(page).status_code for page in PAGES}
    assert {page for page, status in seen.items() if status == 200} == {
        "/admin/matrix/", "/admin/matrix/boosts/", "/admin/matrix/export.csv", "/admin/matrix/fields/", "/admin/matrix/skills/backend/", "/admin/matrix/versions/",
        "/admin/matrix/versions/1/", "/admin/matrix/weights/",
    }  # fmt: skip
    assert looker.post("/admin/matrix/weights/", {}).status_code == 403
    assert "<input" not in looker.get("/admin/matrix/").content.decode().split("<table")[1]


def test_renaming_takes_the_right_over_words_too() -> None:
    client = Client()
    client.force_login(curator("lena@example.org", rights=[right for right in RIGHTS if right != "change_skill"]))
    assert client.get("/admin/matrix/words/").status_code == 403


def test_two_sets_of_tables_are_held_beside_one_another(cora: Member, ana: Member, ben: Member) -> None:
    """A preview costs the next request nothing: what is published stays in memory."""
    from matching.curation.grid import View
    from matching.ranking.loading import population

    view = View.of(cora)
    people, now = population(), view.world.tables
    services.set_cell(cora, BACKEND_FRONTEND, 0.5)
    kept = published(people, now)
    assert published(people, View.of(cora).tables) is not kept
    assert published(people, now) is kept
