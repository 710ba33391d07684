"""The pictures of README.md and docs/: made by the run, and kept in the repository when asked for with `PICTURES=1 make e2e`."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.e2e.people import Cast

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "images" if os.environ.get("PICTURES") else ROOT / "test-results" / "docs"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 780}


def keep(page: Page, name: str) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    page.wait_for_load_state("networkidle")
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(KEPT / f"{name}.webp", quality=80, method=6)


def test_pictures_for_the_documentation(new_page: Callable[..., Page], cast: Cast) -> None:
    desk = new_page(storage_state=cast.states["ana"], viewport=DESKTOP)
    desk.goto("/discover/?has_photo=on")
    keep(desk, "discover")
    desk.goto(f"/members/{cast.ids['ben']}/why/")
    keep(desk, "why")
    phone = new_page(storage_state=cast.states["ana"], viewport=PHONE, color_scheme="dark")
    for name, path in {
        "discover-phone": "/discover/?has_photo=on",
        "conversation": f"/inbox/{cast.room}/",
        "invitations": "/invitations/",
    }.items():
        phone.goto(path)
        keep(phone, name)
    assert all(10_000 < path.stat().st_size < 120_000 for path in KEPT.glob("*.webp"))
