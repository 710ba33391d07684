"""What the fixtures need that is no fixture itself, and small helpers of many tests."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from rest_framework.test import APIClient

from accounts import sessions, tokens
from accounts.models import Member, Profile, Session
from accounts.signals import profile_changed
from accounts.vocabulary import selectors
from chat import places
from matching import matrix, shelf
from matching.ranking import loading
from ops import health, limits


def forget() -> None:
    """Drops what this process keeps in memory about the database."""
    selectors._held = None
    matrix._held = None
    loading.let_go()
    shelf.forget()
    health._last = None
    limits.ask_again()


def empty_mongodb() -> None:
    """What is written there is not rolled back when a test ends."""
    if places.has_mongodb():
        places.collection().delete_many({})


# --- Speaking to the API ---


class Api(APIClient):
    """Speaks JSON; `.patch(path, {...})` needs no format."""

    default_format = "json"


def api(member: Member, **kwargs: Any) -> Api:
    """A client with a real access token of a new session of this member."""
    session = sessions.begin(member, Session.Kind.TOKEN, "Firefox/130 (X11; Linux)")
    client = Api(**kwargs)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access_token(session)}")
    client.session_row = session
    return client


def refused(response: Any, status: int, code: str) -> Mapping[str, Any]:
    """The problem of an answer, after proof that it is one of this status and code."""
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert response["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["request_id"] == response["X-Request-ID"]
    assert body["title"]
    assert body["detail"]
    return body


def pointers(response: Any) -> dict[str, str]:
    """Pointer to code of a validation problem."""
    return {row["pointer"]: row["code"] for row in refused(response, 400, "invalid")["errors"]}


def announce(*members: Member) -> None:
    """Tells everybody that something about these members changed, as services do."""
    with transaction.atomic():
        profile_changed.send(Profile, member_ids=[member.pk for member in members])


def change(member: Member, **values: Any) -> None:
    """Sets columns of a profile and tells, as a save does."""
    Profile.objects.filter(member=member).update(**values, version=F("version") + 1)
    announce(member)


def update(member: Member, **values: Any) -> None:
    """Sets columns of a member and tells."""
    Member.objects.filter(pk=member.pk).update(**values)
    announce(member)


# --- Racing ---


def race(*acts: Callable[[], Any]) -> list[Any]:
    """Runs the acts in threads that leave a barrier together; what each returned or raised, in their order."""
    barrier, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(30)
            outcomes[place] = act()
        except Exception as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes
