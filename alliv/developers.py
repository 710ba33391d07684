"""The pages for authors of clients: every operation, every frame and every code, from the documents that describe them."""

import json
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from alliv.api.codes import stable_codes
from alliv.api.document import document
from alliv.api.openapi import TAGS
from alliv.snippets import Call, snippets

Json = dict[str, Any]


def developers(request: HttpRequest) -> HttpResponse:
    context = {"groups": groups(), "conversation": conversation(), "codes": stable_codes().values()}
    return render(request, "developers.html", context)


def asyncapi(request: HttpRequest) -> HttpResponse:
    """The description of the socket, as it lies in the source."""
    return HttpResponse(asyncapi_text(), content_type="application/yaml")


@cache
def asyncapi_text() -> str:
    return (settings.BASE_DIR / "asyncapi.yaml").read_text(encoding="utf-8")


# --- REST ---


@cache
def groups() -> dict[str, list[Json]]:
    """Operations by tag, in the order of TAGS."""
    found: dict[str, list[Json]] = {tag: [] for tag in TAGS.values()}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            calls = snippets(call(method.upper(), path, operation), settings.PUBLIC_URL)
            found[operation["tags"][0]].append({"method": method.upper(), "path": path, "snippets": calls, **told(operation)})
    return found


def call(method: str, path: str, operation: Json) -> Call:
    sent: Json = operation.get("requestBody", {}).get("content", {})
    return Call(
        method,
        path,
        body=next((content["example"] for content in sent.values() if "example" in content), None),
        file=bool(sent) and "application/json" not in sent,
        signed_in={} not in operation.get("security", []),
    )


def told(operation: Json) -> Json:
    """What the page shows of an operation."""
    return {
        "name": operation["operationId"],
        "summary": operation["summary"],
        "query": [parameter(one) for one in operation["parameters"] if one.get("in") == "query"],
        "sends": next(map(example, operation.get("requestBody", {}).get("content", {}).values()), ""),
        "answers": [(status, shown(answer)) for status, answer in operation["responses"].items() if int(status) < 400],
        "refusals": [code for answer in operation["responses"].values() for code in codes_of(answer)],
    }


def parameter(described: Json) -> Json:
    schema = described["schema"]
    kind = schema.get("items", schema).get("type", "")
    return {
        "name": described["name"],
        "kind": f"{kind}, …" if schema.get("type") == "array" else kind,
        "choices": ", ".join(map(str, schema.get("items", schema).get("enum", []))),
        "needed": described.get("required", False),
    }


def shown(answer: Json) -> str:
    return next(map(example, answer.get("content", {}).values()), "")


def codes_of(answer: Json) -> list[str]:
    return [code for content in answer.get("content", {}).values() for code in content.get("examples", {})]


def example(content: Json) -> str:
    return pretty(content["example"]) if "example" in content else ""


def pretty(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


# --- The socket ---


@cache
def conversation() -> list[tuple[str, list[Json]]]:
    """What either side may say, in the order of asyncapi.yaml: a sentence, and its frames with their fields and an example."""
    described: Json = yaml.safe_load(asyncapi_text())
    frames = described["components"]["messages"]
    sides = described["operations"].values()
    names = [(side["summary"], [message["$ref"].rsplit("/", 1)[-1] for message in side["messages"]]) for side in sides]
    return [(sentence, [frame(described, frames[name]) for name in heard]) for sentence, heard in names]


def frame(described: Json, message: Json) -> Json:
    fields = fields_of(described, message["payload"])
    examples = [pretty(example["payload"]) for example in message.get("examples", [])]
    return {
        "type": fields.pop("type")["const"],
        "fields": list(fields),
        "summary": message["summary"],
        "text": message.get("description", ""),
        "example": next(iter(examples), ""),
    }


def fields_of(described: Json, shape: Json) -> Json:
    """The fields of a payload, also of one that is put together from others."""
    if "$ref" in shape:
        shape = described["components"]["schemas"][shape["$ref"].rsplit("/", 1)[-1]]
    found = dict(shape.get("properties", {}))
    for part in shape.get("allOf", []):
        found |= fields_of(described, part)
    return found
