"""The conversation as two people live it, in a real browser over a real socket."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from chat import post, services
from chat.frames import Send
from chat.log import Change, commit
from chat.models import Message
from chat.tests.cast import Cast, Person
from chat.tests.server import serving, wait_until
from ops.scratch import free_port
from tests.patience import patient

CHROMIUM = os.environ.get("BROWSER") or shutil.which("chromium")
pytestmark = [pytest.mark.slow, pytest.mark.integration]
if not os.environ.get("CI"):
    pytestmark.append(pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"))

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in this thread
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_room(chromium: Browser, live_cast: Cast) -> Iterator[OpenPage]:
    """Opens the conversation in a browser of one person; nothing may be said on its console."""
    contexts, complaints = [], []

    def open_page(address: str, who: Person, prepare: Callable[[Page], None] | None = None) -> Page:
        expect.set_options(timeout=patient(5) * 1000)
        browser = Client()
        browser.force_login(who.member)
        context = chromium.new_context(base_url=f"http://{address}")
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": f"http://{address}"}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if prepare:
            prepare(page)
        page.goto(f"/inbox/{live_cast.room}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in complaints if "ERR_CONNECTION_REFUSED" not in text] == []


def messages(page: Page) -> Locator:
    return page.locator(".message [data-slot=body]")


def state(page: Page, text: str) -> Locator:
    return page.locator(".message", has=page.get_by_text(text, exact=True)).locator("[data-slot=state]")


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")


def connected(page: Page) -> None:
    """The server knows this page once it has answered it."""
    page.wait_for_function("() => document.querySelector('[data-slot=banner]').hidden")
    page.wait_for_timeout(300)


def test_two_people_talk(server: str, live_cast: Cast, open_room: OpenPage) -> None:
    ana, ben = open_room(server, live_cast.ana), open_room(server, live_cast.ben)
    connected(ana), connected(ben)
    write(ana, "Hello <b>Ben</b>")
    expect(messages(ben)).to_have_text(["Hello <b>Ben</b>"])
    expect(ben.locator("[data-slot=announce]")).to_contain_text("Hello <b>Ben</b>")
    expect(ana.locator("[data-slot=announce]")).to_be_empty()
    expect(state(ana, "Hello <b>Ben</b>")).to_have_text("Read")
    ben.get_by_label("Message", exact=True).press_sequentially("Hi")
    expect(ana.locator("[data-slot=typing]")).to_contain_text("Ben")
    ben.get_by_label("Message", exact=True).press("Enter")
    expect(messages(ana)).to_have_text(["Hello <b>Ben</b>", "Hi"])
    expect(ana.locator("[data-slot=typing]")).to_be_empty()
    expect(ana.locator(".divider[data-day]")).to_have_count(1)


def test_a_message_is_changed_and_taken_back(server: str, live_cast: Cast, open_room: OpenPage) -> None:
    ana = open_room(server, live_cast.ana)
    connected(ana)
    write(ana, "helo")
    expect(state(ana, "helo")).to_have_text("Sent")
    ana.locator(".acts summary").click()
    ben = open_room(server, live_cast.ben)
    connected(ben)
    expect(messages(ben)).to_have_text(["helo"])
    expect(state(ana, "helo")).to_have_text("Read")  # what Ana has opened stays open
    ana.get_by_role("button", name="Edit").click()
    write(ana, "hello")
    for page in (ana, ben):
        expect(messages(page)).to_have_text(["hello"])
        expect(page.locator(".message [data-slot=edited]")).to_be_visible()
    ana.on("dialog", lambda dialog: dialog.accept())
    ana.locator(".acts summary").click()
    ana.get_by_role("button", name="Delete").click()
    for page in (ana, ben):
        expect(page.locator(".bubble.gone")).to_have_text("Message deleted")
    expect(ana.locator(".acts")).to_have_count(0)


def test_the_outbox_survives_a_reload(server: str, live_cast: Cast, open_room: OpenPage) -> None:
    def mute(page: Page) -> None:
        page.route_web_socket(re.compile("/ws/chat"), lambda socket: None)

    ana = open_room(server, live_cast.ana, mute)
    expect(ana.locator("[data-slot=banner]")).to_be_visible()
    write(ana, "one")
    write(ana, "two")
    expect(state(ana, "two")).to_have_text("Sending")
    ana.wait_for_timeout(300)  # the browser stores it in a moment of its own
    context = ana.context
    ana.close()
    again = context.new_page()
    again.goto(f"/inbox/{live_cast.room}/")
    expect(state(again, "two")).to_have_text("Sent")
    expect(messages(again)).to_have_text(["one", "two"])
    expect(again.locator("[data-slot=banner]")).to_be_hidden()
    assert list(Message.objects.order_by("seq").values_list("body", flat=True)) == ["one", "two"]
    again.reload()
    expect(messages(again)).to_have_text(["one", "two"])
    connected(again)
    assert Message.objects.count() == 2


def test_a_lost_connection_comes_back(live_cast: Cast, open_room: OpenPage) -> None:
    port = free_port()
    with ExitStack() as first:
        address = first.enter_context(serving(port))
        ana, ben = open_room(address, live_cast.ana), open_room(address, live_cast.ben)
        connected(ana), connected(ben)
    expect(ana.locator("[data-slot=banner]")).to_contain_text("Connection lost at")
    write(ana, "while away")
    expect(state(ana, "while away")).to_have_text("Sending")
    services.send_message(live_cast.ben.member, live_cast.room, client_id=uuid4(), body="by another way")
    with serving(port):
        expect(messages(ana)).to_have_text(["by another way", "while away"], timeout=patient(40) * 1000)
        expect(messages(ben)).to_have_text(["by another way", "while away"], timeout=patient(40) * 1000)
        expect(ana.locator("[data-slot=banner]")).to_be_hidden()


def test_what_the_server_refuses_can_be_tried_again_or_dropped(server: str, live_cast: Cast, open_room: OpenPage) -> None:
    ana = open_room(server, live_cast.ana)
    connected(ana)
    ana.evaluate("() => { const field = document.querySelector('#body'); field.value = 'a\\u0000b'; field.form.requestSubmit() }")
    expect(ana.locator(".message [data-slot=state]")).to_have_text("Not sent")
    ana.get_by_role("button", name="Retry").click()
    expect(ana.locator(".message [data-slot=state]")).to_have_text("Not sent")
    ana.get_by_role("button", name="Delete").click()
    expect(messages(ana)).to_have_count(0)
    ana.reload()
    connected(ana)
    expect(messages(ana)).to_have_count(0)


def test_earlier_messages_and_what_is_new(server: str, live_cast: Cast, open_room: OpenPage) -> None:
    commit([Change(live_cast.ben.id, Send(live_cast.room, uuid4(), f"number {number}")) for number in range(1, 121)])
    ana = open_room(server, live_cast.ana)
    connected(ana)
    expect(messages(ana)).to_have_count(50)
    ana.get_by_role("link", name="Earlier messages").click()
    expect(messages(ana)).to_have_count(100)
    ana.get_by_role("link", name="Earlier messages").click()
    expect(messages(ana)).to_have_count(120)
    expect(ana.get_by_role("link", name="Earlier messages")).to_have_count(0)
    ana.locator("[data-slot=scroll]").evaluate("(scroll) => { scroll.scrollTop = 0 }")
    services.send_message(live_cast.ben.member, live_cast.room, client_id=uuid4(), body="new below")
    expect(ana.locator(".divider.new")).to_be_attached()
    assert ana.title().startswith("(1) ")
    assert ana.locator("[data-slot=scroll]").evaluate("(scroll) => scroll.scrollTop") == 0
    ana.locator("[data-slot=scroll]").evaluate("(scroll) => { scroll.scrollTop = scroll.scrollHeight }")
    expect(ana).not_to_have_title(re.compile(r"^\("))


def test_a_hole_is_filled(server: str, live_cast: Cast, open_room: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket drops frames on their way to the page: the next one shows that something is missing."""

    caught_up: list[str] = []

    def leaky(page: Page) -> None:
        def open_socket(socket: Any) -> None:
            def hear(text: str) -> None:
                if '"type":"resumed"' in text:  # whoever has not heard it yet is told what came before, and believes it
                    caught_up.append(text)
                if '"body":"lost' not in text:
                    socket.send(text)

            socket.connect_to_server().on_message(hear)

        page.route_web_socket(re.compile("/ws/chat"), open_socket)

    ana = open_room(server, live_cast.ana, leaky)
    wait_until(lambda: caught_up or ana.wait_for_timeout(50))
    connected(ana)
    for body in ("lost 1", "lost 2", "seen"):
        services.send_message(live_cast.ben.member, live_cast.room, client_id=uuid4(), body=body)
    expect(messages(ana)).to_have_text(["lost 1", "lost 2", "seen"])


def test_the_end_of_a_match_ends_the_conversation(server: str, live_cast: Cast, open_room: OpenPage) -> None:
    from matching.services import unmatch

    ana = open_room(server, live_cast.ana)
    connected(ana)
    unmatch(live_cast.ben.member, live_cast.room)
    expect(ana.locator("[data-slot=banner]")).to_contain_text("closed")
    expect(ana.get_by_label("Message", exact=True)).to_be_disabled()


def test_signing_out_elsewhere_is_said(server: str, live_cast: Cast, open_room: OpenPage) -> None:
    from accounts.services import log_out_everywhere

    ana = open_room(server, live_cast.ana)
    connected(ana)
    log_out_everywhere(live_cast.ana.member)
    expect(ana.locator("[data-slot=banner]")).to_contain_text("log in")
    post.stop()
