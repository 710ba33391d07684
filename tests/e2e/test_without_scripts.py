"""The whole way through Alliv with JavaScript switched off."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Cast, Site, sign_up

pytestmark = pytest.mark.e2e


def press(page: Page, name: str, within: str = "main") -> None:
    page.locator(within).get_by_role("button", name=name, exact=True).first.click()


def test_everything_works_without_a_line_of_javascript(new_page: Callable[..., Page], site: Site, cast: Cast) -> None:
    iris = new_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    sign_up(iris, site, name="Iris Novak", email="iris@example.org")

    iris.select_option("[name=field]", "Software Development")
    iris.fill("[name=skills]", "Python, Django, PostgreSQL")
    iris.fill("[name=wanted_skills]", "Figma, User Research")
    press(iris, "Save and go on")
    iris.fill("[name=hours_per_week]", "20")
    iris.select_option("[name=country]", "PT")
    iris.fill("[name=languages]", "Portuguese, English")
    press(iris, "Save and go on")
    iris.get_by_role("link", name="Later").click()
    expect(iris).to_have_url(re.compile("/discover/"))

    best = iris.locator("[data-card] h2").first.inner_text()
    press(iris, "Like", "[data-card] >> nth=0")
    expect(iris.get_by_text(f"You liked {best}.")).to_be_visible()
    press(iris, "Undo")
    expect(iris.locator("[data-card] h2").first).to_have_text(best)

    iris.goto(f"/members/{cast.ids['ben']}/")
    iris.locator("summary", has_text="Add a note").click()
    iris.fill("[name=note]", "I build what you draw.")
    press(iris, "Like with this note")
    ben = new_page(java_script_enabled=False, storage_state=cast.states["ben"])
    ben.goto("/invitations/")
    expect(ben.get_by_text("I build what you draw.")).to_be_visible()
    ben.locator("li", has_text="Iris Novak").get_by_role("button", name="Like back").click()
    expect(ben).to_have_url(re.compile("/inbox/"))
    ben.get_by_label("Message", exact=True).fill("Then let us begin.")
    ben.get_by_role("button", name="Send").click()

    iris.goto("/inbox/")
    iris.get_by_role("link", name="Ben Hartmann").click()
    expect(iris.get_by_text("Then let us begin.")).to_be_visible()
    iris.get_by_label("Message", exact=True).fill("Tomorrow at nine?")
    iris.get_by_role("button", name="Send").click()
    ben.reload()
    expect(ben.get_by_text("Tomorrow at nine?")).to_be_visible()

    iris.goto("/settings/privacy/")
    iris.select_option("[name=visibility]", "matches")
    press(iris, "Save")
    expect(iris.get_by_text("Saved.")).to_be_visible()
    iris.goto("/settings/")
    press(iris, "Dark theme")
    expect(iris.locator("html")).to_have_attribute("data-theme", "dark")
    press(iris, "Log out")
    iris.goto("/inbox/")
    expect(iris).to_have_url(re.compile("/accounts/login/"))
