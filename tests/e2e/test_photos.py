"""A photo whose sending fails is sent again as it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from media.tests.pictures import photo
from tests.e2e.people import Cast

pytestmark = pytest.mark.e2e


def test_a_photo_is_sent_again_after_a_failure(new_page: Callable[..., Page], cast: Cast) -> None:
    page = new_page(storage_state=cast.states["sam"], forgive="ERR_FAILED|status of 400")
    page.goto("/settings/photo/")
    before = page.locator(".thumbs > li").count()
    page.route("**/settings/photo/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.set_input_files("input[type=file]", {"name": "bench.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.locator("form:has(input[type=file]) [name=alt]").fill("A bench in a park")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("[data-preview]")).to_contain_text("Nothing was sent")
    page.unroute("**/settings/photo/")
    page.get_by_role("button", name="Retry").press("Enter")
    expect(page.locator(".thumbs > li")).to_have_count(before + 1)
    expect(page.locator(".thumbs [name=alt]").last).to_have_value("A bench in a park")

    page.set_input_files("input[type=file]", {"name": "no.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("button", name="Retry")).to_be_enabled()
    expect(page.locator("[data-preview] [role=status]")).not_to_contain_text("no.jpg")  # but the reason
