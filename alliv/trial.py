"""The page on which one operation of the API is tried: its fields, as the OpenAPI document tells them, and the call in curl."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from alliv.api.document import document
from alliv.developers import call, groups, parameter, pretty
from alliv.snippets import curl

Json = dict[str, Any]

FIRST = "read_me"
JSON, FORM = "application/json", "multipart/form-data"


def trial(request: HttpRequest) -> HttpResponse:
    """What is filled in is sent by the browser itself, to the API as everybody knows it: there is no way around its rules here."""
    chosen = trials().get(request.GET.get("operation", FIRST))
    if chosen is None:
        raise Http404
    return render(request, "trial.html", {"groups": groups(), "chosen": chosen})


@cache
def trials() -> dict[str, Json]:
    """By the operation's name, what its form is made of."""
    return {
        operation["operationId"]: made(method.upper(), path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def made(method: str, path: str, operation: Json) -> Json:
    sent: Json = operation.get("requestBody", {}).get("content", {})
    described = call(method, path, operation)
    return {
        "name": operation["operationId"],
        "summary": operation["summary"],
        "method": method,
        "path": path,
        "signed_in": described.signed_in,
        "fields": [field(one) for place in ("path", "query") for one in operation["parameters"] if one.get("in") == place],
        "headers": headers(operation),
        "body": "json" if JSON in sent else "form" if FORM in sent else "file" if sent else "",
        "accepts": ",".join(["image/*"] if FORM in sent else sent),
        "example": pretty(described.body) if JSON in sent else "",
        "curl": curl(described, settings.PUBLIC_URL),
    }


def headers(operation: Json) -> list[Json]:
    """The headers that may be sent along, those of this operation before those of every one."""
    described = document()["components"]["parameters"]
    return [described[one["$ref"].rpartition("/")[2]] for one in reversed(operation["parameters"]) if "$ref" in one]


def field(described: Json) -> Json:
    """A parameter as a field: with choices where there are but a few."""
    schema = described["schema"]
    kinds = schema.get("type", "")
    return {
        **parameter(described),
        "place": described["in"],
        "many": kinds == "array",
        "options": ["true", "false"] if "boolean" in kinds else schema.get("enum", []),
        "example": schema.get("default", ""),
    }
