"""An author of a client tries the API in the browser, by keyboard."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Cast

pytestmark = pytest.mark.e2e


def test_an_operation_is_tried(new_page: Callable[..., Page], cast: Cast) -> None:
    page = new_page(storage_state=cast.states["cleo"], forgive="status of 4(01|12)")
    status, answer, curl = (page.locator(f"[data-slot={name}]") for name in ("status", "answer", "curl"))
    page.goto("/developers/try/?operation=change_me")
    body = page.get_by_label("Body", exact=True)
    body.fill("{no")
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is not JSON")
    expect(body).to_be_focused()
    body.fill('{"role": "It\'s tried"}')
    expect(curl).to_contain_text("""-d '{"role":"It'\\''s tried"}'""")
    page.get_by_role("button", name="Send").press("Enter")  # the session, with its CSRF token
    expect(status).to_have_text(re.compile("^200 OK"))
    assert json.loads(answer.inner_text())["role"] == "It's tried"
    page.get_by_text("Headers", exact=True).click()
    page.get_by_label("If-Match").fill('"1"')
    page.get_by_label("X-Request-ID").fill("tried-1")
    expect(curl).to_contain_text("""-H 'If-Match: "1"'""")
    page.keyboard.press("Enter")
    expect(status).to_have_text(re.compile("^412 "))
    expect(page.locator("[data-slot=heads]")).to_contain_text("tried-1")
    page.get_by_label("If-Match").fill("")
    page.get_by_label("Token").fill("nobody's")  # a token alone, the session does not help
    page.keyboard.press("Enter")
    expect(status).to_have_text(re.compile("^401 Unauthorized"))
    expect(curl).not_to_contain_text("nobody")
    page.goto("/developers/try/?operation=find_skills")
    page.locator("[data-query=q]").fill("pyth & co")
    expect(curl).to_contain_text("/api/skills?q=pyth+%26+co")
