"""Who may do what: every route of the project as seen by eight people, compared with the table in `access.txt`.

A line of the table is a method, a route and what each of them is answered; its objects are Ana's. `login` means: sent to sign in.
A route that is not in the table fails the run; what fails shows the lines as they would have to be.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import transaction
from django.urls import reverse

from accounts.models import EmailCode
from alliv.tests.people import Person, World, code_for, signed_in, upload, world
from alliv.tests.routes import api_routes, patterns
from matching import matrix
from matching.ranking import loading
from media import addresses
from tests.factories import PASSWORD

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

TABLE = Path(__file__).parent / "access.txt"
STAFF_LOGIN = "/admin/login/"
NEW_PASSWORD = "another horse 43 stable"
Body = Callable[[World, Person], dict[str, Any]]

# What is sent. Who they are is the only thing that differs; nothing here is refused for its form.
API_BODIES: dict[str, Body] = {
    "POST /api/auth/register": lambda w, who: {
        "email": f"new-{who.email}", "password": NEW_PASSWORD, "name": "New Person", "birthdate": "1990-01-01"
    },
    "POST /api/auth/verify-email": lambda w, who: {"email": who.email, "code": code_for(who.member, EmailCode.Purpose.VERIFY)},
    "POST /api/auth/verify-email/resend": lambda w, who: {"email": who.email},
    "POST /api/auth/login": lambda w, who: {"email": who.email, "password": PASSWORD},
    "POST /api/auth/refresh": lambda w, who: {"refresh": who.refresh or "nobody's"},
    "POST /api/auth/logout": lambda w, who: {"refresh": who.refresh or "nobody's"},
    "POST /api/auth/password/reset": lambda w, who: {"email": who.email},
    "POST /api/auth/password/reset/confirm": lambda w, who: {
        "email": who.email, "code": code_for(who.member, EmailCode.Purpose.RESET), "password": NEW_PASSWORD
    },
    "POST /api/auth/password/change": lambda w, who: {"old": PASSWORD, "new": NEW_PASSWORD},
    "DELETE /api/auth/mfa/totp": lambda w, who: {"password": PASSWORD, "code": "123456"},
    "POST /api/auth/mfa/totp/confirm": lambda w, who: {"code": "123456"},
    "POST /api/auth/mfa/recovery-codes": lambda w, who: {"password": PASSWORD},
    "POST /api/blocks": lambda w, who: {"member": w.names["member_id"]},
    "POST /api/reports": lambda w, who: {
        "subject": w.names["member_id"], "reason": "spam", "details": "Sends the same advertisement to everybody."
    },
    "PATCH /api/me": lambda w, who: {"headline": "Builds quiet tools"},
    "DELETE /api/me": lambda w, who: {"password": PASSWORD},
    "POST /api/photos": lambda w, who: {"file": upload()},
    "PATCH /api/photos/{photo_id}": lambda w, who: {"alt": "At my desk"},
    "POST /api/photos/uploads": lambda w, who: {"content_type": "image/jpeg", "size": 1000},
    "POST /api/swipes": lambda w, who: {"target": w.names["member_id"], "action": "like"},
    "POST /api/admin/skill-compatibility": lambda w, who: {"skill_a": "Python", "skill_b": "Figma", "score": 0.5},
    "PATCH /api/admin/skill-compatibility/{pair_id}": lambda w, who: {"score": 0.25},
    "POST /api/chat/rooms/{room_id}/messages": lambda w, who: {"client_id": str(uuid4()), "body": "Hello"},
    "PATCH /api/chat/rooms/{room_id}/messages/{message_id}": lambda w, who: {"body": "Hello again"},
    "POST /api/chat/rooms/{room_id}/read": lambda w, who: {"seq": 1},
}  # fmt: skip
PAGE_BODIES: dict[str, Body] = {
    "POST /accounts/login/": lambda w, who: {"email": who.email, "password": PASSWORD},
    "POST /discover/swipe/": lambda w, who: {"target": w.names["member_id"], "action": "like"},
    "POST /discover/undo/": lambda w, who: {"target": w.names["member_id"]},
    "POST /safety/": lambda w, who: {"member": w.names["member_id"]},
    "POST /inbox/{room_id}/": lambda w, who: {"client_id": str(uuid4()), "body": "Hello"},
}
# Addresses that are good for whoever has them.
SIGNED: dict[str, Callable[[World], str]] = {
    "GET /photos/{key}/{variant}.webp": lambda w: query_for(w.names["key"]),
    "GET /photos/{key}/{variant}.jpg": lambda w: query_for(w.names["key"]),
    "PUT /api/photos/uploads/{upload_id}/content": lambda w: query_for(w.names["upload_id"]),
}


def query_for(what: str) -> str:
    until = addresses.now() + 60
    return "?" + addresses.signed("", what, until).partition("?")[2]


def shown(route: str) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def api_operations() -> list[str]:
    return [f"{method.upper()} {shown(route)}" for route, methods in api_routes().items() for method in sorted(methods)]


def page_operations() -> list[str]:
    """Every address that is no part of the API, looked at, and posted to where the table says so; of the staff's site, its front page."""
    addresses = [shown(route) for route, _ in patterns() if not route.startswith(("api/", "admin/"))] + ["/admin/"]
    posted = [text for text in tabled() if text.startswith("POST /") and not text.startswith("POST /api/")]
    return [f"GET {address}" for address in addresses] + posted


def ask(world: World, who: Person, operation: str) -> Any:
    method, address = operation.split()
    path = re.sub(r"{(\w+)}", lambda found: world.names[found[1]], address)
    path += SIGNED.get(operation, lambda w: "")(world)
    if address.startswith("/api/"):
        body = API_BODIES.get(operation, lambda w, who: {})(world, who) if method != "GET" else None
        return getattr(who.api, method.lower())(path, body, format="multipart" if body and "file" in body else "json")
    body = PAGE_BODIES.get(operation, lambda w, who: {})(world, who)
    return getattr(who.browser, method.lower())(path, body)


def answered(world: World, who: Person, operation: str) -> str:
    """What somebody is answered; afterwards the world, and what their browser remembers, is as it was before."""
    cookies = who.browser.cookies.copy()
    with transaction.atomic():
        answer = ask(world, who, operation)
        transaction.set_rollback(True)
    who.browser.cookies = cookies
    if not operation.startswith("GET") and answer.status_code < 400:
        matrix._held = None
        loading.let_go()  # what this process learnt of a world that is no more
    to_sign_in = answer.get("Location", "").startswith((reverse("login") + "?", STAFF_LOGIN))
    return "login" if to_sign_in else str(answer.status_code)


def line(world: World, operation: str) -> str:
    method, address = operation.split()
    cells = [answered(world, who, operation) for who in world.people.values()]
    return f"{method:<6} {address:<56} " + " ".join(f"{cell:>5}" for cell in cells)


def tabled() -> dict[str, str]:
    """The table: operation to line."""
    lines = [text for text in TABLE.read_text().splitlines() if text and not text.startswith("#")]
    return {" ".join(text.split()[:2]): text for text in lines}


@pytest.fixture
def everybody(settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = settings.VAR_DIR = tmp_path
    return world()


@pytest.mark.parametrize("operations", [api_operations, page_operations])
def test_everybody_is_answered_as_the_table_says(operations: Callable[[], list[str]], everybody: World) -> None:
    wanted = operations()
    seen = [line(everybody, operation) for operation in wanted]
    different = [text for text, operation in zip(seen, wanted, strict=True) if text != tabled().get(operation)]
    assert not different, "\n".join(["The table says something else than:", *different])


def test_the_table_names_no_route_that_is_gone() -> None:
    assert set(tabled()) == {*api_operations(), *page_operations()}


def test_what_cannot_be_looked_at_is_posted_to() -> None:
    unseen = {operation for operation, text in tabled().items() if operation.startswith("GET") and "405" in text}
    assert {operation.replace("GET", "POST") for operation in unseen} <= set(tabled())


def staff_pages() -> list[str]:
    """The lists and empty forms of the staff's site."""
    pages = [f"admin:{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    return [reverse(f"{page}_{kind}") for page in pages for kind in ("changelist", "add")]


def test_the_staff_s_site_opens_page_by_page_to_those_who_have_the_right(everybody: World) -> None:
    for page in staff_pages():
        for name, who in everybody.people.items():
            answer = who.browser.get(page)
            if name == "kim":
                assert answer.status_code == 403, page
            elif name != "sam":
                assert answer["Location"].startswith(STAFF_LOGIN), (page, name)


def test_one_right_opens_one_page_and_one_door_of_the_api(everybody: World) -> None:
    kim = everybody.member("kim")
    kim.user_permissions.add(Permission.objects.get(codename="view_skillpair"))
    who = signed_in(type(kim).objects.get(pk=kim.pk))
    opened = [page for page in staff_pages() if who.browser.get(page).status_code == 200]
    assert opened == [reverse("admin:matching_skillpair_changelist")]
    assert who.api.get("/api/admin/skill-compatibility").status_code == 200
    assert ask(everybody, who, "POST /api/admin/skill-compatibility").status_code == 403
