"""The matrix as two curators work on it, by keyboard; and the staff's pages as axe reads them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Site, sign_in

pytestmark = pytest.mark.e2e

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN = "() => axe.run({preload: false}).then(found => JSON.stringify(found.violations.map(rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 200))])))"


def staff(new_page: Callable[..., Page], site: Site, who: str = "sam@demo.alliv.test", **options: Any) -> Page:
    page = new_page(**options)
    sign_in(page, who, at="/admin/")
    return page


def published(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.request.get("/api/skill-compatibility").json()
    return found


def score(page: Page, a: str, b: str) -> float | None:
    return next((row["score"] for row in published(page)["pairs"] if {row["skill_a"], row["skill_b"]} == {a, b}), None)


def square(page: Page, name: str) -> Any:
    return page.get_by_role("link", name=re.compile(f"^{re.escape(name)}, "))


def type_values(page: Page) -> None:
    """Three squares, without the mouse: over by arrows, digits, Enter; a mistake left by Escape, another one undone."""
    square(page, "Backend × Frontend").first.focus()
    page.keyboard.type(".40")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Backend × Frontend, 0.40")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("77")
    page.keyboard.press("Escape")
    page.keyboard.type("60")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Backend × Finance, 0.60")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    for value in ("10", "20"):
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text(f"Backend × Education, 0.{value}")
    page.keyboard.press("Control+z")
    expect(page.get_by_role("status")).to_contain_text("Backend × Education, 0.10")
    expect(page.locator("[data-draft-count]")).to_have_text("3")
    expect(page.get_by_role("link", name=re.compile(r"^Backend × Frontend, 0\.40, in your draft"))).to_have_count(2)  # and its mirror


def test_a_curator_drafts_previews_publishes_and_takes_back(new_page: Callable[..., Page], site: Site) -> None:
    sam, second = staff(new_page, site), staff(new_page, site, "stella@demo.alliv.test")
    before = published(sam)
    sam.goto("/admin/matrix/")
    type_values(sam)
    assert published(sam) == before

    second.goto("/admin/matrix/")
    expect(second.get_by_text("Also at work")).to_be_visible()
    square(second, "Backend × Frontend").first.focus()
    second.keyboard.type("70")
    second.keyboard.press("Enter")
    expect(second.get_by_role("status")).to_contain_text("0.70")

    sam.get_by_role("link", name=re.compile("Your draft")).click()
    sam.get_by_role("link", name="Preview").click()
    expect(sam.get_by_text("see their first ten in another order")).to_be_visible()
    sam.get_by_role("link", name="Back to the draft").click()
    sam.get_by_label("Why").fill("Fewer full stacks")
    sam.get_by_role("button", name="Publish").click()
    expect(sam.get_by_role("heading", name=f"Version {before['version'] + 1}")).to_be_visible()
    assert published(sam)["version"] == before["version"] + 1
    assert (score(sam, "Backend", "Frontend"), score(sam, "Backend", "Education")) == (0.4, 0.1)

    second.goto("/admin/matrix/draft/")
    second.get_by_label("Why").fill("Not that much fewer")
    second.get_by_role("button", name="Publish").click()
    expect(second.get_by_role("heading", name="Somebody else was faster")).to_be_visible()
    second.get_by_label("Backend × Frontend, yours").check()
    second.get_by_role("button", name="Publish with these choices").click()
    assert score(second, "Backend", "Frontend") == 0.7

    for number in (before["version"] + 2, before["version"] + 1):
        sam.goto(f"/admin/matrix/versions/{number}/")
        sam.get_by_label("Why").fill("As it was")
        sam.get_by_role("button", name="Publish the reverse").click()
        expect(sam.get_by_text("is published")).to_be_visible()
    after = published(sam)
    assert after["version"] == before["version"] + 4
    assert {**after, "version": 0} == {**before, "version": 0}


# Big grids take axe long and differ by their colours only, which have a test of their own: the smallest one stands for them.
PAGES = ["/admin/", "/admin/matrix/boosts/?cell=ai:design", "/admin/matrix/weights/", "/admin/matrix/words/", "/admin/matrix/draft/",
         "/admin/matrix/preview/", "/admin/matrix/unknown/", "/admin/matrix/versions/", "/admin/matrix/versions/1/", "/admin/matrix/csv/",
         "/admin/audit/entry/", "/admin/chat/room/", "/admin/media/photo/"]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(theme: str, new_page: Callable[..., Page], site: Site) -> None:
    page = staff(new_page, site, color_scheme=theme, bypass_csp=True)  # axe brings styles of its own
    page.goto("/admin/matrix/boosts/?cell=ai:design")
    page.get_by_label("Value").fill("11" if theme == "light" else "12")
    page.get_by_role("button", name="Put into the draft").click()
    found = {}
    for path in PAGES:
        page.goto(path)
        page.evaluate(AXE)
        if violations := json.loads(page.evaluate(RUN)):
            found[path] = violations
    page.goto("/admin/matrix/draft/")
    page.get_by_role("button", name="Discard everything").click()
    assert found == {}


def test_no_page_violates_its_policy(new_page: Callable[..., Page], site: Site) -> None:
    """Whatever the browser complains about fails the test."""
    page = staff(new_page, site)
    for path in [*PAGES, "/admin/matrix/", "/admin/matrix/skills/design/?cell=figma:design"]:
        assert page.goto(path).ok
