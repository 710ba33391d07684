"""Every page in every state worth seeing: where it is, who sees it, and what has to be done first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.people import PASSWORD, Cast

Doing = Callable[[Page], object]


@dataclass(frozen=True)
class State:
    name: str
    path: str
    who: str | None = None
    do: Doing | None = None
    status: int = 200


def press(text: str, **given: str) -> Doing:
    """Fills fields in and presses a button; what the browser itself would refuse is sent all the same."""

    def act(page: Page) -> None:
        page.evaluate("() => document.querySelectorAll('form').forEach((form) => (form.noValidate = true))")
        for name, value in given.items():
            page.fill(f"main [name={name}]", value)
        page.locator("main").get_by_role("button", name=text, exact=True).click()
        page.wait_for_load_state()

    return act


def open_all(page: Page) -> None:
    """Opens whatever can be opened."""
    page.evaluate("() => document.querySelectorAll('main details:not(.menu)').forEach((part) => (part.open = true))")


def open_menu(page: Page) -> None:
    page.locator("header .menu summary").click()


def offline(page: Page) -> None:
    """A conversation whose connection is gone, with a message that waits and one that was refused."""
    page.get_by_label("Message", exact=True).fill("This one is on its way.")
    page.evaluate(
        """() => { const mine = document.getElementById('message-mine').content.firstElementChild.cloneNode(true);
        mine.querySelector('[data-slot=body]').textContent = 'This one was not sent.'; mine.dataset.state = 'failed';
        mine.querySelector('.stamp').append(document.getElementById('state-failed').content.cloneNode(true));
        document.querySelector('[data-slot=list]').append(mine);
        const banner = document.querySelector('[data-slot=banner]'); banner.hidden = false;
        banner.querySelector('span').textContent = 'Connection lost at 14:02. Your messages wait here and go out when it is back.'; }"""
    )


def suggestions(page: Page) -> None:
    box = page.locator("#id_skills[role=combobox]")
    box.scroll_into_view_if_needed()
    box.fill("Py")
    expect(page.locator(".options [role=option]").first).to_be_visible()


def begin_second_factor(page: Page) -> None:
    begin = page.get_by_role("button", name="Set it up", exact=True)
    if begin.count():  # else another visit has begun
        begin.click()
    expect(page.locator("#second-factor img")).to_be_visible()


def help_open(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def anonymous() -> Iterator[State]:
    yield State("home", "/")
    yield State("signup", "/accounts/signup/")
    yield State("signup-refused", "/accounts/signup/", do=press("Create my account", name="A", email="no", password="short"))
    yield State("login", "/accounts/login/")
    yield State("login-refused", "/accounts/login/", do=press("Log in", email="ana@demo.alliv.test", password=PASSWORD))
    yield State("verify", "/accounts/verify/")
    yield State("verify-refused", "/accounts/verify/", do=press("Confirm", email="ana@demo.alliv.test", code="000000"))
    yield State("reset", "/accounts/reset/")
    yield State("reset-confirm", "/accounts/reset/confirm/")
    yield State("not-found", "/nowhere", status=404)
    yield State("offline", "/offline/")
    yield State("developers", "/developers/", do=open_all)
    yield State("trial", "/developers/try/?operation=swipe")
    yield State("mail", "/dev/mail")
    yield State("components", "/dev/components", do=open_all)


def members(cast: Cast) -> Iterator[State]:
    ben, cleo = cast.ids["ben"], cast.ids["cleo"]
    yield State("discover", "/discover/?limit=3", "ana")
    yield State("discover-open", "/discover/?limit=3", "ana", open_all)
    yield State("discover-refused", "/discover/?min_hours=many&limit=2", "ana", open_all)
    yield State("discover-nobody", "/discover/?country=AQ", "ana")
    yield State("discover-keys", "/discover/?limit=2", "ana", help_open)
    yield State("member", f"/members/{cleo}/", "ana")
    yield State("member-matched", f"/members/{ben}/", "ana", open_all)
    yield State("member-own", f"/members/{cast.ids['ana']}/", "ana", open_menu)
    yield State("why", f"/members/{ben}/why/", "ana")
    yield State("nearby", "/nearby/?within=100", "ana", open_all)
    yield State("nearby-unplaced", "/nearby/", "sam")
    yield State("invitations", "/invitations/", "ana", open_all)
    yield State("invitations-none", "/invitations/", "sam")
    yield State("matches", "/matches/", "ana", open_all)
    yield State("matches-none", "/matches/", "sam")
    yield State("inbox", "/inbox/", "ana")
    yield State("inbox-none", "/inbox/", "sam")
    yield State("room", f"/inbox/{cast.room}/", "ana")
    yield State("room-lost", f"/inbox/{cast.room}/", "ben", offline)
    yield State("onboarding", "/onboarding/", "sam", suggestions)
    yield State("onboarding-place", "/onboarding/?step=place", "sam")
    yield State("onboarding-photo", "/onboarding/?step=photo", "sam")
    yield State("settings", "/settings/", "ana")
    yield State("settings-profile", "/settings/profile/", "ana")
    yield State("settings-profile-refused", "/settings/profile/", "ana", press("Save", name="", hours_per_week="900", links="ftp://x"))
    yield State("settings-photos", "/settings/photo/", "ana", open_all)
    yield State("settings-must-haves", "/settings/must-haves/", "ana")
    yield State("settings-privacy", "/settings/privacy/", "ana")
    yield State("settings-security", "/settings/security/", "ana")
    yield State("settings-second-factor", "/settings/security/", "cleo", begin_second_factor)
    yield State("settings-account", "/settings/account/", "ana", open_all)
    yield State("safety", "/safety/", "ana")
    yield State("report-refused", f"/safety/report/{ben}/", "cleo", press("Send the report", details="short"))
    yield State("not-found-member", "/members/00000000-0000-7000-8000-000000000000/", "ana", status=404)
