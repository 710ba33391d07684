"""Every error of the API has one shape: `application/problem+json` (RFC 9457) with a stable code."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from alliv.api import versions
from ops import errors, limits
from ops.context import request_id

log = logging.getLogger("alliv.api")
MEDIA_TYPE = "application/problem+json"

CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "rate_limited",
    500: "internal",
    503: "unavailable",
}


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The body of an error; members without a value are left out."""
    body = {"type": f"/developers/#error-{code}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    return {**body, "request_id": request_id(), **{name: value for name, value in more.items() if value}}


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: nothing that a view raises leaves in another shape, and nothing internal leaves at all."""
    headers: dict[str, str] = {}
    match error:
        case errors.Problem():
            fields = [field.__dict__ for field in error.errors]
            body = problem(error.status, error.code, error.detail, errors=fields, **error.extra)
            headers = error.headers
        case exceptions.ValidationError():
            fields = list(flatten(error.detail))
            body = problem(400, "invalid", "The request is not valid.", errors=fields)
        case exceptions.APIException():
            body = problem(error.status_code, code_of(error), str(error.detail), **getattr(error, "extra", {}))
            if challenge := getattr(error, "auth_header", None):
                headers["WWW-Authenticate"] = challenge
            if wait := getattr(error, "wait", None):
                headers["Retry-After"] = str(int(wait))
        case Http404():
            body = problem(404, "not_found", errors.NotFound.detail)
        case PermissionDenied():
            body = problem(403, "forbidden", errors.Forbidden.detail)
        case RequestDataTooBig():
            body = problem(413, "too_large", errors.TooLarge.detail)
        case SuspiciousOperation():
            body = problem(400, "invalid", errors.Invalid.detail)
        case _:
            log.exception("unexpected error")
            body = problem(500, "internal", errors.Problem.detail)
    if body["status"] in {401, 403} and (request := context.get("request")):
        try:
            limits.count_refusal(request)
        except errors.TooMany as refusal:
            return problem_response(refusal, context)
    if body["status"] == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if request := context.get("request"):
        # Also where answers are something else, as the schema's YAML.
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def code_of(error: exceptions.APIException) -> str:
    code = error.get_codes()
    own = isinstance(code, str) and code not in {error.default_code, "permission_denied", "parse_error", "error"}
    return str(code) if own else CODES.get(error.status_code, "invalid")


def flatten(detail: Any, pointer: str = "") -> list[dict[str, str]]:
    """DRF's nested validation errors as a flat list of JSON pointers."""
    if isinstance(detail, Mapping):
        return [
            row
            for name, inner in detail.items()
            for row in flatten(inner, pointer if name == "non_field_errors" else f"{pointer}/{escaped(name)}")
        ]
    if isinstance(detail, Sequence) and not isinstance(detail, str):
        nested = any(isinstance(inner, Mapping | list) for inner in detail)
        return [row for place, inner in enumerate(detail) if inner for row in flatten(inner, f"{pointer}/{place}" if nested else pointer)]
    return [{"pointer": pointer, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}]


def escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


class LastWord:
    """Gives the one shape to errors that never reached a view of the API: unknown paths, bad hosts, broken requests."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(("/api/", "/health/")):
            return response
        if response.status_code >= 400 and response.get("Content-Type", "").split(";")[0] not in {MEDIA_TYPE, "application/json"}:
            response = self.replaced(response)
        version = getattr(request, "api_version", settings.REST_FRAMEWORK["DEFAULT_VERSION"])
        for name, value in {**versions.headers(version), **getattr(request, "rate_limit_headers", {})}.items():
            response[name] = value
        # What members hold is theirs: no proxy may keep it, and nobody what signs in.
        response.setdefault("Cache-Control", "no-store" if request.path.startswith("/api/auth/") else "private, no-cache")
        patch_vary_headers(response, ["Accept", "X-API-Version"])
        return response

    def replaced(self, response: HttpResponse) -> HttpResponse:
        code = CODES.get(response.status_code, "invalid")
        known = {cls.code: cls.detail for cls in errors.Problem.__subclasses__()}
        body = problem(response.status_code, code, known.get(code, HTTPStatus(response.status_code).description))
        response.content = json.dumps(body).encode()
        response["Content-Type"], response["Content-Length"] = MEDIA_TYPE, str(len(response.content))
        return response
