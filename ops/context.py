"""What is being served: the request id that ties answers, log lines, jobs and socket frames together, and the trace it is part of."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from ops import tracing
from ops.addresses import address_of
from ops.ids import uuid7
from ops.tracing import Trace

ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
log = logging.getLogger("alliv.request")
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def request_id() -> str:
    """The id of what is being served now; empty outside of any request or job."""
    return _request_id.get()


def trace() -> Trace | None:
    """Our part of the trace that what is being served now belongs to, if it does."""
    return _trace.get()


@contextmanager
def serving(identifier: str | None = None, traceparent: str | None = None) -> Iterator[str]:
    """Everything inside belongs to `identifier` when it is well formed, else to a new one; and to the trace, if there is one."""
    kept = identifier if identifier and ACCEPTED_ID.fullmatch(identifier) else str(uuid7())
    token, trace_token = _request_id.set(kept), _trace.set(tracing.continued(traceparent))
    try:
        yield kept
    finally:
        _trace.reset(trace_token)
        _request_id.reset(token)


class RequestContext:
    """Outermost middleware: gives the request its id and writes the one log line that says how it ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        with serving(request.headers.get("X-Request-ID"), request.headers.get(tracing.HEADER)) as identifier:
            response = self.get_response(request)
            response["X-Request-ID"] = identifier
            if part := trace():
                response[tracing.HEADER] = str(part)
            log_answer(request, response, time.perf_counter() - started)
        return response


def log_answer(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    user = getattr(request, "user", None)
    log.log(
        logging.INFO if response.status_code < 500 else logging.ERROR,
        "%s %s",
        request.method,
        response.status_code,
        extra={
            "endpoint": f"/{match.route}" if match else None,
            "method": request.method,
            "status_code": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
            "ip": address_of(request),
            "user_id": str(user.pk) if user and user.pk else None,
        },
    )
