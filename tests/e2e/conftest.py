"""A real Alliv with the real model behind a real browser."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from ops.scratch import free_port
from tests.e2e.people import DEMO_PASSWORD, Cast, Site, make_cast

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def command(*words: str, env: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, check=True)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The embedded default on a free port, without debug pages, with a few demo members; ends with the run."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "ALLIV_TEST_RUN"}}
    env = {**kept, "VAR_DIR": str(folder), "DEBUG": "0", "EMBEDDINGS_ENABLED": "1", "LIMITS_ENABLED": "0"}
    command("migrate", "-v0", env=env)
    command("seed_demo", "--members", "30", "--photos", env=env)
    command("create_staff", "stella@demo.alliv.test", "--group", "curator", env={**env, "STAFF_PASSWORD": DEMO_PASSWORD})
    made = Site(f"http://127.0.0.1:{port}", folder, env)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("BROWSER") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def cast(site: Site, chromium: Browser) -> Cast:
    """Ana and Ben have matched and talked, Cleo has sent Ana a note; each with what keeps a browser signed in."""
    return make_cast(site, chromium)


def is_complaint(message: ConsoleMessage) -> bool:
    """An answer that tells of a conflict is one that the page shows, and no failure."""
    return message.type == "error" and "status of 409" not in message.text


@pytest.fixture
def new_page(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own for one person; complains at the end about anything the console complained about.

    Without motion: what fades is in nobody's way, and a page is what it will be.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(*, forgive: str = "", **options: Any) -> Page:
        context = chromium.new_context(base_url=site.url, **{"reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()

        def complain(text: str) -> None:
            if not (forgive and re.search(forgive, text)):
                complaints.append(f"{page.url}: {text}")

        page.on("console", lambda message: complain(message.text) if is_complaint(message) else None)
        page.on("pageerror", lambda error: complain(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
