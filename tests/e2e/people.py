"""What a person does with a browser, in a person's words."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Page, expect

T = TypeVar("T")
PASSWORD = "a calm long pass phrase"
DEMO_PASSWORD = "alliv-demo-2026"


@dataclass(frozen=True)
class Site:
    url: str
    var_dir: Path

    def code_for(self, email: str) -> str:
        """The six digits of the newest mail to this address."""
        return until(lambda: self._newest_code(email), "the mail with the code")

    def _newest_code(self, email: str) -> str | None:
        for path in sorted((self.var_dir / "mail").glob("*.eml"), reverse=True):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            if mail["to"] == email and body and (found := re.search(r"\b\d{6}\b", body.get_content())):
                return found.group()
        return None


def until(look: Callable[[], T | None], what: str, seconds: float = 20) -> T:
    """What `look` finds, looking until it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


def sign_up(page: Page, site: Site, *, name: str, email: str) -> None:
    page.goto("/accounts/signup/")
    page.fill("[name=name]", name)
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=birthdate]", "1992-04-03")
    page.press("[name=birthdate]", "Enter")
    expect(page).to_have_url(re.compile("/accounts/verify/"))
    page.fill("[name=code]", site.code_for(email))
    page.press("[name=code]", "Enter")
    expect(page).to_have_url(re.compile("/onboarding/"))


def sign_in(page: Page, email: str, password: str = DEMO_PASSWORD, *, at: str = "/accounts/login/") -> None:
    page.goto(at)
    page.fill("[name=email], [name=username]", email)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_load_state()


def pick(page: Page, field: str, words: list[str]) -> None:
    """Types skills as a person does, one after the other, each chosen with Enter."""
    page.locator(f"#id_{field}").scroll_into_view_if_needed()
    box = page.locator(f"#id_{field}[role=combobox]")
    for word in words:
        box.fill(word)
        expect(page.get_by_role("option", name=re.compile(f"^{word}")).first).to_be_visible()
        box.press("Enter")


def onward(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Save")).click()
