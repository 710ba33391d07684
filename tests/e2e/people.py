"""What a person does with a browser, in a person's words."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from playwright.sync_api import Browser, Page, expect

from tests.processes import await_ready

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
NOTE = "Your clinic calendar has been in my head for a week. I design for people who are nervous. Shall we talk?"
TALK = (
    ("ana", "Hi Ben! What made you stop at my profile?"),
    ("ben", "The part about scheduling for small clinics. My mother runs one."),
    ("ben", "She keeps three calendars, all of them on paper."),
    ("ana", "That is exactly the person I want to make it for."),
    ("ben", "Shall we call on Thursday? I have from six to eight."),
)
PASSWORD = "a calm long pass phrase"
DEMO_PASSWORD = "alliv-demo-2026"


@dataclass
class Site:
    url: str
    var_dir: Path
    env: dict[str, str]
    server: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Serves, and returns when it is ready."""
        port = self.url.rpartition(":")[2]
        log = self.var_dir / "serve.log"
        with log.open("ab") as out:
            words = [sys.executable, "manage.py", "serve", "--port", port]
            self.server = subprocess.Popen(words, cwd=ROOT, env=self.env, stdout=out, stderr=out)
        await_ready(self.url, log)

    def stop(self, *, kill: bool = False) -> None:
        if self.server:
            (self.server.kill if kill else self.server.terminate)()
            self.server.wait(timeout=20)
            self.server = None

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


@dataclass(frozen=True)
class Cast:
    """Ids by name, the room of Ana and Ben, and what keeps a browser of each signed in."""

    ids: dict[str, str]
    room: str
    states: dict[str, Any]


def make_cast(site: Site, chromium: Browser) -> Cast:
    names = ("ana", "ben", "cleo", "sam")
    ids, states = {}, {}
    with ExitStack() as closing:
        doors = {}
        for name in names:
            context = closing.enter_context(chromium.new_context(base_url=site.url))
            sign_in(context.new_page(), f"{name}@demo.alliv.test")
            states[name] = context.storage_state()
            tokens = context.request.post("/api/auth/login", data={"email": f"{name}@demo.alliv.test", "password": DEMO_PASSWORD}).json()
            ids[name] = tokens["member"]["id"]
            doors[name] = (context.request, {"Authorization": f"Bearer {tokens['access']}"})

        def post(name: str, path: str, **data: Any) -> Any:
            door, head = doors[name]
            answer = door.post(path, data=data, headers=head)
            assert answer.status == 201, (answer.status, answer.text())
            return answer.json()

        post("cleo", "/api/swipes", target=ids["ana"], action="super_like", note=NOTE)
        post("ben", "/api/swipes", target=ids["ana"], action="like")
        room = post("ana", "/api/swipes", target=ids["ben"], action="like")["match"]["room"]
        for name, body in TALK:
            post(name, f"/api/chat/rooms/{room}/messages", client_id=str(uuid4()), body=body)
    return Cast(ids, room, states)


def until(look: Callable[[], T | None], what: str, seconds: float = 90) -> T:
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
