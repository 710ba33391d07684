"""The page on which an operation is tried."""

import pytest

from accounts.models import Member
from alliv.api.openapi import OPERATIONS
from alliv.trial import trials
from tests.browser import Browser

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_every_operation_can_be_tried() -> None:
    assert set(trials()) == {operation.name for operation in OPERATIONS.values()}
    browser = Browser().open("/developers/").click("Try the API")
    assert "/api/me" in browser.text
    assert browser.press("Choose", operation="swipe").path == "/developers/try/?operation=swipe"
    assert "curl -X POST" in browser.text


def test_an_operation_that_is_not_there_is_not_found() -> None:
    Browser().open("/developers/try/?operation=nonsense", status=404)


def test_fields_are_what_the_document_says(ana: Member) -> None:
    html = Browser(ana).open("/developers/try/?operation=read_profile").answer.content.decode()
    assert f'data-path="member_id" value="{ana.pk}"' in html
    fields = {field["name"]: field for field in trials()["discover"]["fields"]}
    assert fields["online"]["options"] == ["true", "false"]
    assert fields["skills"]["many"]
    assert (trials()["add_photo"]["body"], trials()["put_upload"]["body"], trials()["read_me"]["body"]) == ("form", "file", "")


def test_headers_of_an_operation_come_before_those_of_every_one() -> None:
    names = {
        operation: [header["name"] for header in trials()[operation]["headers"]] for operation in ("swipe", "change_me", "read_matrix")
    }
    always = ["Accept-Language", "X-Request-ID", "X-API-Version"]
    assert names == {"swipe": ["Idempotency-Key", *always], "change_me": ["If-Match", *always], "read_matrix": ["If-None-Match", *always]}
    assert 'data-header="Idempotency-Key"' in Browser().open("/developers/try/?operation=swipe").answer.content.decode()


def test_no_page_shows_a_backtick() -> None:
    assert "`" not in "".join(part for part in Browser().open("/developers/").page.words if "${" not in part)  # but in JavaScript
    assert "`" not in Browser().open("/developers/try/?operation=find_skills").text


def test_nothing_of_the_form_can_get_into_an_address() -> None:
    """Without JavaScript Enter sends a form: no token, body or field has a name to be sent under."""
    form = Browser().open("/developers/try/?operation=change_me").page.forms
    assert [one.names for one in form if one.names and "operation" not in one.names and not one.action] == []
