"""The OpenAPI document: valid, complete, with an example for everything, and true as far as it can be checked without asking."""

from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from openapi_schema_validator import OAS31Validator

from alliv.api.codes import stable_codes
from alliv.api.document import document
from alliv.api.errors import MEDIA_TYPE
from alliv.api.openapi import OPERATIONS, complete_operation
from alliv.tests.routes import api_routes
from alliv.tests.test_access import shown, tabled

pytestmark = pytest.mark.integration

Json = dict[str, Any]
# The document itself is no part of the API that it describes.
UNDESCRIBED = {"GET /api/schema/"}


def operations() -> Iterator[tuple[str, Json]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(operation: Json) -> Iterator[tuple[str, Json]]:
    """Every body of an operation: what is sent, and what is answered by status."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield "request", content
    for status, answer in operation["responses"].items():
        for content in answer.get("content", {}).values():
            yield status, content


def resolved(part: Json) -> Json:
    """What a reference into the document leads to."""
    if "$ref" not in part:
        return part
    found: Any = document()
    for word in part["$ref"].removeprefix("#/").split("/"):
        found = found[word]
    return dict(found)


def examples(content: Json) -> dict[str, Any]:
    if "examples" in content:
        return {name: resolved(example)["value"] for name, example in content["examples"].items()}
    return {"example": content["example"]} if "example" in content else {}


def wrong_with(content: Json) -> list[str]:
    """Why the examples of a body are not what its schema describes."""
    schema = {"allOf": [content["schema"]], "components": document()["components"]}  # so that references lead somewhere
    validator = OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for example in examples(content).values() for error in validator.iter_errors(example)]


def test_it_is_made_without_a_warning_and_follows_the_standard(db: None, capsys: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    openapi_spec_validator.validate(document())


def test_it_describes_every_route_of_the_api_and_no_other() -> None:
    routes = {f"{method.upper()} {shown(route)}" for route, methods in api_routes().items() for method in methods}
    assert {name for name, _ in operations()} == routes - UNDESCRIBED == set(OPERATIONS)


def test_every_body_has_an_example_that_its_schema_allows() -> None:
    for name, operation in operations():
        for place, content in contents(operation):
            assert examples(content), f"{name} {place} has no example"
            assert wrong_with(content) == [], f"{name} {place}"


def test_what_an_example_gets_wrong_would_be_seen() -> None:
    content = {"schema": {"$ref": "#/components/schemas/Session"}, "example": {"id": "nobody", "kind": None}}
    told = " ".join(wrong_with(content))
    assert all(word in told for word in ("not a 'uuid'", "$.kind", "'device' is a required property"))


def test_an_operation_that_nobody_described_is_told_of(capsys: Any) -> None:
    operation: Json = {"operationId": "api_nothing_create", "responses": {"201": {"content": {}}}}
    complete_operation("POST", "/api/nothing", operation)
    assert "POST /api/nothing is in no examples.py" in capsys.readouterr().err
    assert set(operation["responses"]) > {"201", "400", "429"}


def test_every_refusal_is_a_problem_with_an_example_for_each_of_its_codes() -> None:
    for name, operation in operations():
        for status, answer in operation["responses"].items():
            if int(status) < 400:
                continue
            codes = answer["content"][MEDIA_TYPE]["examples"]
            assert {stable_codes()[code].status for code in codes} == {int(status)}, (name, status)
            assert all(f"`{code}`" in answer["description"] for code in codes)


def test_every_code_of_an_operation_is_a_stable_one() -> None:
    assert {code for operation in OPERATIONS.values() for code in operation.refusals} <= set(stable_codes())


def test_every_status_that_somebody_is_answered_is_described() -> None:
    described = {name: set(operation["responses"]) for name, operation in operations()}
    for name, line in tabled().items():
        if name in described:
            assert set(line.split()[2:]) <= described[name], name


def test_names_are_one_word_each_and_nobody_shares_one() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() and name == name.lower() for name in names)
    assert all(operation["summary"] for _, operation in operations())


def test_links_lead_to_operations_and_give_what_these_need() -> None:
    by_name = {operation["operationId"]: operation for _, operation in operations()}
    for name, operation in operations():
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                target = by_name[link["operationId"]]
                needed = {parameter["name"] for parameter in map(resolved, target["parameters"]) if parameter["in"] == "path"}
                sendable = set(OPERATIONS[next(key for key, other in OPERATIONS.items() if other.name == link["operationId"])].sends or {})
                assert needed <= set(link["parameters"]) <= needed | sendable, (name, link)


def test_headers_are_described_where_they_are_promised() -> None:
    for name, operation in operations():
        for status, answer in operation["responses"].items():
            assert {"X-Request-ID", "X-API-Version", "RateLimit", "RateLimit-Policy"} <= set(answer["headers"]), (name, status)
            assert ("Retry-After" in answer["headers"]) == (status in ("429", "503"))
    sent = {name: {resolved(parameter)["name"] for parameter in operation["parameters"]} for name, operation in operations()}
    assert "Idempotency-Key" in sent["POST /api/swipes"]
    assert "Idempotency-Key" not in sent["POST /api/auth/login"]
    assert "If-Match" in sent["PATCH /api/me"]
    described = dict(operations())
    assert "ETag" in described["GET /api/me"]["responses"]["200"]["headers"]


def test_what_is_sent_is_described_for_every_method() -> None:
    bodies = {name for name, operation in operations() if "requestBody" in operation}
    assert bodies == {name for name, operation in OPERATIONS.items() if operation.sends is not None}


def test_lists_are_cursor_pages() -> None:
    for name, shape in document()["components"]["schemas"].items():
        if name.endswith("Page"):
            assert shape["required"] == ["next", "previous", "results"], name
            assert shape["properties"]["results"]["type"] == "array"
    plain = {
        name
        for name, operation in operations()
        for _, content in contents(operation)
        if content["schema"].get("type") == "array"
    }  # fmt: skip
    assert plain == set()


def test_there_are_two_ways_to_be_signed_in() -> None:
    assert set(document()["components"]["securitySchemes"]) == {"bearer", "session"}
    described = dict(operations())
    assert described["GET /api/me"]["security"] == [{"bearer": []}, {"session": []}]
    assert not any(described["POST /api/auth/login"].get("security", []))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", "application/vnd.oai.openapi"), ("application/json", "application/json"), ("application/yaml", "application/yaml")],
)
def test_it_is_served_as_yaml_and_as_json(accept: str, kind: str, db: None) -> None:
    answer = Client().get("/api/schema/", headers={"Accept": accept})
    assert answer["Content-Type"].split(";")[0] == kind
    assert yaml.load(answer.content, yaml.CSafeLoader) == document()
