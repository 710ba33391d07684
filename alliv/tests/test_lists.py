"""Every list of the API: one shape, and no parameter that it does not know."""

from typing import Any

import pytest

from accounts.models import Member
from alliv.api.document import document
from alliv.tests.routes import NOBODY
from tests.browser import Browser
from tests.support import Api, api, pointers

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def lists() -> dict[str, set[str]]:
    """Path of each list to the parameters that the document tells of."""
    found = {}
    for path, methods in document()["paths"].items():
        operation = methods.get("get", {"responses": {}})
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {"schema": {}})
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        if "results" in document()["components"]["schemas"].get(name, {}).get("properties", ()):
            found[path] = {parameter["name"] for parameter in operation["parameters"] if parameter.get("in") == "query"}
    return found


LISTS = lists()


def read(client: Api, path: str, **query: str) -> Any:
    return client.get(path.replace("{room_id}", str(NOBODY)), query)


def test_they_are_all_found() -> None:
    assert LISTS.keys() == {
        "/api/admin/skill-compatibility", "/api/auth/sessions", "/api/auth/social/providers", "/api/blocks", "/api/chat/rooms",
        "/api/chat/rooms/{room_id}/messages", "/api/discover", "/api/fields", "/api/invitations", "/api/matches", "/api/photos",
        "/api/skills", "/api/swipes",
    }  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_a_parameter_that_it_does_not_know_is_refused_by_name(path: str, sam: Member) -> None:
    answer = read(api(sam), path, limt="5", limit="5")
    assert pointers(answer) == {"/limt": "unknown_field"}
    assert [error["detail"] for error in answer.json()["errors"]] == ["There is no such parameter."]


@pytest.mark.parametrize("path", LISTS)
def test_what_the_document_tells_of_it_knows(path: str, sam: Member) -> None:
    assert "limit" in LISTS[path]
    assert "unknown_field" not in read(api(sam), path, **dict.fromkeys(LISTS[path], "\x00")).content.decode()


@pytest.mark.parametrize("path", set(LISTS) - {"/api/chat/rooms/{room_id}/messages"})
def test_a_limit_outside_of_1_to_100_is_refused(path: str, sam: Member) -> None:
    client = api(sam)
    assert [list(pointers(read(client, path, limit=limit))) for limit in ("0", "101")] == [["/limit"]] * 2
    assert set(read(client, path, limit="100").json()) == {"next", "previous", "results"}


@pytest.mark.parametrize("path", ["/matches/", "/invitations/", "/inbox/"])
def test_a_page_ignores_names_that_links_bring(path: str, ana: Member) -> None:
    assert Browser(ana).open(f"{path}?utm_source=letter").answer.status_code == 200


def test_a_list_that_comes_whole_can_be_had_in_pages(ana: Member) -> None:
    client, names, address = api(ana), [], "/api/fields?limit=20"
    whole = client.get("/api/fields").json()
    assert (whole["next"], whole["previous"]) == (None, None)
    while address:
        page = client.get(address).json()
        names += [row["name"] for row in page["results"]]
        address = page["next"]
    assert names == [row["name"] for row in whole["results"]]
    assert len(names) > 20
    assert len(client.get(page["previous"]).json()["results"]) == 20
