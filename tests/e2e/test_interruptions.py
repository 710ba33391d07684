"""The server dies in the middle of a conversation, and comes back."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Cast, Site

pytestmark = pytest.mark.e2e

LOST = "WebSocket|ERR_CONNECTION_REFUSED|Failed to fetch|status of 50"


def test_what_is_written_meanwhile_arrives_once_and_soon(new_page: Callable[..., Page], site: Site, cast: Cast) -> None:
    ana, ben = (new_page(storage_state=cast.states[name], forgive=LOST) for name in ("ana", "ben"))
    for page in (ana, ben):
        page.goto(f"/inbox/{cast.room}/")
        page.wait_for_timeout(1000)
    banner = ana.locator("[data-slot=banner]")
    expect(banner).to_be_hidden()

    site.stop(kill=True)
    try:
        expect(banner).to_be_visible(timeout=3000)
        expect(banner).to_contain_text(re.compile(r"Connection lost at \d"))
        ana.get_by_label("Message", exact=True).fill("Written while nobody listened.")
        ana.keyboard.press("Enter")
        mine = ana.locator(".message.mine", has_text="Written while nobody listened.")
        expect(mine.locator("[data-slot=state]")).to_have_text("Sending")
        ana.wait_for_timeout(2000)
        expect(mine.locator("[data-slot=state]")).to_have_text("Sending")
    finally:
        site.start()
    back = time.monotonic()
    expect(mine.locator("[data-slot=state]")).to_have_text(re.compile("Sent|Read"), timeout=20_000)
    seconds = time.monotonic() - back
    print(f"\nthe waiting message was stored {seconds:.1f} s after the server was back")
    expect(banner).to_be_hidden()
    ben.reload()
    expect(ben.get_by_text("Written while nobody listened.", exact=True)).to_have_count(1)
    ana.reload()
    expect(ana.get_by_text("Written while nobody listened.", exact=True)).to_have_count(1)
    assert seconds <= 3
