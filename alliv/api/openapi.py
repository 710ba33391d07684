"""The OpenAPI document: what the code says, completed with what the apps' `examples.py` say.

The generator finds paths, bodies and shapes. What is the same everywhere (headers, refusals, their one shape) is added here, so that
no view repeats it; examples, summaries and the refusals of one operation come from the app that it belongs to.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from drf_spectacular.drainage import warn

from accounts import examples as accounts
from alliv.api.codes import Code, stable_codes
from alliv.api.errors import MEDIA_TYPE
from alliv.api.idempotency import takes_part
from chat import examples as chat
from matching import examples as matching
from media import examples as media
from ops.reference import Operation

Json = dict[str, Any]

OPERATIONS: dict[str, Operation] = {**accounts.OPERATIONS, **media.OPERATIONS, **matching.OPERATIONS, **chat.OPERATIONS}
# Where an operation stands in the reference, in this order: the first beginning that its path has.
TAGS = {
    "/api/auth/": "Signing up and in",
    "/api/me": "Members",
    "/api/profiles": "Members",
    "/api/photos": "Photos",
    "/api/discover": "Finding one another",
    "/api/compatibility": "Finding one another",
    "/api/swipes": "Finding one another",
    "/api/invitations": "Finding one another",
    "/api/matches": "Matches and chat",
    "/api/chat/": "Matches and chat",
    "/api/blocks": "Safety",
    "/api/reports": "Safety",
    "/api/fields": "Vocabulary",
    "/api/skill": "Vocabulary",
    "/api/admin/": "Staff",
    "/api/": "Everything else",
}

# --- What every operation has ---

PARAMETERS: Json = {
    "X-API-Version": {
        "description": "The version of this API that you speak; also as the parameter `version` of Accept.",
        "schema": {"type": "string", "enum": ["1", "v1"]},
        "example": "1",
    },
    "X-Request-ID": {
        "description": "Your own name for this request: 1 to 64 of A-Z a-z 0-9 . _ -; anything else is replaced by a new UUID.",
        "schema": {"type": "string"},
        "example": "checkout-42",
    },
    "Accept-Language": {
        "description": "The language of reasons and labels, `en` or `id`; what members wrote stays as it is.",
        "schema": {"type": "string"},
        "example": "id",
    },
    "Idempotency-Key": {
        "description": "Sent again within a day with the same body, the request is answered again and not done again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "6f1c1f0e-like-ben",
    },
    "If-Match": {
        "description": "The ETag you have read: nothing happens when it is old.",
        "schema": {"type": "string", "pattern": '^(W/)?"[0-9]{1,9}"$'},
        "example": '"3"',
    },
    "If-None-Match": {
        "description": "The ETag you have: 304 when it is still right.",
        "schema": {"type": "string", "pattern": '^"[0-9]+-[0-9]+"$'},
        "example": '"1-1"',
    },
}
HEADERS: Json = {
    "X-Request-ID": {"description": "Names this request in logs, mails and sockets.", "example": "01a213c2-659d-7093-af6f-88a66cabbdf4"},
    "X-API-Version": {"description": "The version that answered.", "example": "1"},
    "RateLimit": {"description": "What is left of a limit, and the seconds until it starts anew.", "example": '"member";r=598;t=41'},
    "RateLimit-Policy": {"description": "The limit: how many in how many seconds.", "example": '"member";q=600;w=60'},
    "Retry-After": {"description": "Seconds to wait.", "example": "41"},
    "ETag": {"description": "The state you have read, for If-Match and If-None-Match.", "example": '"3"'},
    "Idempotent-Replayed": {"description": "`true` on an answer that was given before.", "example": "true"},
    "WWW-Authenticate": {"description": "How to sign in.", "example": "Bearer"},
}
USUAL_HEADERS = ("X-Request-ID", "X-API-Version", "RateLimit", "RateLimit-Policy")
PROBLEM: Json = {
    "type": "object",
    "description": "Every error (RFC 9457). `code` does not change; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "supported": {"type": "array", "items": {"type": "string"}, "description": "With `unsupported_version`."},
    },
}
ALWAYS = ("invalid", "not_acceptable", "unsupported_version", "rate_limited", "internal", "unavailable")
SIGNED_IN = ("not_authenticated", "token_expired", "token_revoked", "forbidden", "email_not_verified")
WITH_BODY = ("too_large", "unsupported_media_type")
REPEATABLE = ("conflict", "idempotency_key_reused")


def complete(result: Json, **kwargs: Any) -> Json:
    """The generator's hook."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            complete_operation(method.upper(), path, operation)
    result["tags"] = [{"name": tag} for tag in dict.fromkeys(TAGS.values())]
    components = result["components"]
    components["schemas"] = {**components["schemas"], "Problem": PROBLEM}
    components["parameters"] = {name: {"in": "header", "name": name, **text} for name, text in PARAMETERS.items()}
    components["headers"] = {name: {"schema": {"type": "string"}, **text} for name, text in HEADERS.items()}
    components["examples"] = {code.code: {"summary": code.text, "value": problem_of(code)} for code in stable_codes().values()}
    return result


def complete_operation(method: str, path: str, operation: Json) -> None:
    described = OPERATIONS.get(f"{method} {path}")
    if described is None:
        warn(f"{method} {path} is in no examples.py: a name, a sentence and an example are missing.")
        described = undescribed(operation)
    operation |= {"operationId": described.name, "summary": described.summary}
    operation["tags"] = [next(tag for start, tag in TAGS.items() if path.startswith(start))]
    repeatable = method == "POST" and takes_part(path)
    add_parameters(operation, described, method, repeatable)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["example"] = described.sends
    operation["responses"] = {**answers(operation, described, repeatable), **refusals(operation, described, repeatable)}


def undescribed(operation: Json) -> Operation:
    """What can be said of an operation that nobody has described yet. The test run does not let it pass."""
    statuses = [int(status) for status in operation["responses"]]
    return Operation(operation["operationId"], "", answers=dict.fromkeys(statuses))


def add_parameters(operation: Json, described: Operation, method: str, repeatable: bool) -> None:
    names = ["X-API-Version", "X-Request-ID", "Accept-Language"]
    names += ["Idempotency-Key"] if repeatable else []
    names += ["If-Match"] if "precondition_failed" in described.refusals else []
    names += ["If-None-Match"] if 304 in described.answers else []
    operation.setdefault("parameters", []).extend(reference("parameters", name) for name in names)


def answers(operation: Json, described: Operation, repeatable: bool) -> Json:
    """What goes well: the shapes that the generator found, with examples, headers and what may follow."""
    found = {}
    for status, body in described.answers.items():
        answer = dict(operation["responses"].get(str(status), {}))
        answer["description"] = HTTPStatus(status).phrase
        names = [*USUAL_HEADERS, *(["ETag"] if described.etag else []), *(["Idempotent-Replayed"] if repeatable else [])]
        answer["headers"] = {name: reference("headers", name) for name in names}
        for content in answer.get("content", {}).values():
            content["example"] = body
        if described.leads_to:
            answer["links"] = {name: {"operationId": name, "parameters": dict(places)} for name, places in described.leads_to.items()}
        found[str(status)] = answer
    return found


def refusals(operation: Json, described: Operation, repeatable: bool) -> Json:
    """What may go wrong, by status; every code has an example."""
    by_status: dict[int, list[Code]] = {}
    codes = [*ALWAYS, *described.refusals]
    codes += SIGNED_IN if any(operation.get("security", [{}])) else []
    codes += WITH_BODY if "requestBody" in operation else []
    codes += REPEATABLE if repeatable else []
    codes += ["not_found"] if any(parameter.get("in") == "path" for parameter in operation["parameters"]) else []
    for code, row in stable_codes().items():
        if code in codes:
            by_status.setdefault(row.status, []).append(row)
    return {str(status): refusal(status, rows) for status, rows in by_status.items()}


def refusal(status: int, codes: list[Code]) -> Json:
    names = [*USUAL_HEADERS, *(["WWW-Authenticate"] if status == 401 else []), *(["Retry-After"] if status in (429, 503) else [])]
    return {
        "description": " ".join(f"`{code.code}`: {code.text}" for code in codes),
        "headers": {name: reference("headers", name) for name in names},
        "content": {
            MEDIA_TYPE: {
                "schema": reference("schemas", "Problem"),
                "examples": {code.code: reference("examples", code.code) for code in codes},
            }
        },
    }


def problem_of(code: Code) -> Json:
    body = {"type": f"/developers/#error-{code.code}", "title": HTTPStatus(code.status).phrase, "status": code.status}
    body |= {"detail": code.text, "code": code.code, "request_id": HEADERS["X-Request-ID"]["example"]}
    if code.code == "invalid":
        body["errors"] = [{"pointer": "/name", "code": "required", "detail": "This field is required."}]
    if code.code == "unsupported_version":
        body["supported"] = settings.REST_FRAMEWORK["ALLOWED_VERSIONS"]
    return body


def reference(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
