"""The main job, as two people and a member of staff live it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Site, onward, pick, sign_in, sign_up, until

pytestmark = pytest.mark.e2e

MINA = {
    "name": "Mina Okafor",
    "headline": "Backend engineer with a quiet idea",
    "bio": "I build dependable services in Python and would like to make scheduling for small clinics humane.",
    "field": "Software Development",
    "role": "Backend engineer",
    "skills": ["Django", "PostgreSQL"],
    "wanted_skills": ["Figma"],
}
NOAH = {
    "name": "Noah Lindqvist",
    "headline": "Designer who sits beside patients",
    "bio": "I design calm interfaces for clinics and look for somebody who builds what I draw, in Python if I may wish.",
    "field": "Graphic Design",
    "role": "Product designer",
    "skills": ["Figma", "Typogr"],
    "wanted_skills": ["Django"],
}


def describe(page: Page, who: dict[str, object]) -> None:
    """The steps after signing up: about, place and time, photo."""
    page.fill("[name=headline]", str(who["headline"]))
    page.fill("[name=bio]", str(who["bio"]))
    page.select_option("[name=field]", str(who["field"]))
    page.fill("[name=role]", str(who["role"]))
    page.select_option("[name=experience_level]", "senior")
    for field in ("skills", "wanted_skills"):
        words = who[field]
        assert isinstance(words, list)
        pick(page, field, words)
    onward(page)
    page.fill("[name=hours_per_week]", "20")
    page.select_option("[name=country]", "PT")
    page.fill("[name=city]", "Lisbon")
    onward(page)
    page.get_by_role("link", name="Later").click()
    expect(page).to_have_url(re.compile("/discover/"))


@contextmanager
def live(page: Page) -> Iterator[None]:
    """Inside, the page comes to a conversation; afterwards its socket has caught up."""
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    yield
    for _ in range(200):
        if any("resumed" in frame for frame in frames):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the conversation did not catch up within ten seconds")


def member_id(page: Page, name: str) -> str:
    href = page.get_by_role("heading", name=name).get_by_role("link").get_attribute("href")
    found = re.search(r"/members/([0-9a-f-]{36})/", href or "")
    assert found
    return found.group(1)


def semantic_part(page: Page, who: str) -> float:
    """The value of the text's part, as the API gives it to this browser."""
    answer = page.request.get(f"/api/compatibility/{who}").json()
    return float(next(part["value"] for part in answer["explanation"] if part["factor"] == "semantic"))


def test_two_people_meet_and_talk(new_page: Callable[..., Page], site: Site) -> None:
    mina, noah = new_page(), new_page()
    sign_up(mina, site, name=str(MINA["name"]), email="mina@example.org")
    describe(mina, MINA)
    sign_up(noah, site, name=str(NOAH["name"]), email="noah@example.org")
    describe(noah, NOAH)

    mina.goto("/discover/?limit=100")
    other = member_id(mina, str(NOAH["name"]))
    until(lambda: semantic_part(mina, other) != 0.5, "a score with the real model's part")
    mina.goto(f"/members/{other}/why/")
    expect(mina.get_by_role("heading", name=str(NOAH["name"]))).to_be_visible()

    mina.goto(f"/members/{other}/")
    expect(mina.get_by_text("Typography", exact=True)).to_be_visible()  # its beginning and Enter were enough
    mina.get_by_role("button", name="Like", exact=True).click()
    noah.goto("/invitations/")
    expect(noah.get_by_text(str(MINA["name"])).first).to_be_visible()
    with live(noah):
        noah.get_by_role("button", name="Like back").click()
        expect(noah).to_have_url(re.compile("/inbox/"))
    mina.goto("/matches/")
    with live(mina):
        mina.get_by_role("link", name="Conversation").click()

    mina.get_by_role("textbox").fill("Hello Noah, shall we begin?")
    sent = time.perf_counter()
    mina.keyboard.press("Enter")
    heard = noah.get_by_role("log").get_by_text("Hello Noah, shall we begin?", exact=True)
    expect(heard).to_be_visible(timeout=1000)
    assert time.perf_counter() - sent < 1
    noah.reload()
    expect(heard).to_have_count(1)


def test_a_curator_changes_a_pair_and_the_ranking_follows(new_page: Callable[..., Page], site: Site) -> None:
    ana, sam = new_page(), new_page()
    sign_in(ana, "ana@demo.alliv.test")
    before = ana.request.get("/api/discover?limit=100").json()["results"]
    sign_in(sam, "sam@demo.alliv.test", at="/admin/")
    sam.goto("/admin/matching/skillpair/?q=Frontend")
    sam.get_by_role("link", name=re.compile("Frontend|Backend")).first.click()
    sam.fill("[name=score]", "0.05")
    sam.get_by_role("button", name="Save", exact=True).click()
    expect(sam).to_have_url(re.compile(r"/admin/matching/skillpair/(\?|$)"))
    saved = time.perf_counter()
    after = ana.request.get("/api/discover?limit=100").json()["results"]
    assert time.perf_counter() - saved < 1
    assert [row["matrix_version"] for row in after[:1]] == [before[0]["matrix_version"] + 1]
    assert {row["member"]["id"]: row["score"] for row in after} != {row["member"]["id"]: row["score"] for row in before}
    assert [row["score"] for row in after] == sorted((row["score"] for row in after), reverse=True)
