"""How much a request may bring. Django keeps a body on the disk before any view looks at it: what is larger than all our forms and photos
is cut off in front of it, whoever sends it and wherever to."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from alliv.api.errors import MEDIA_TYPE, problem
from ops.context import serving
from ops.errors import TooLarge

log = logging.getLogger("alliv.api")
MAX_BODY = 12 * 1024 * 1024  # as in front of us: deploy/nginx.conf
# So much more is read and thrown away, because clients that are still sending do not see an answer.
MAX_IGNORED = 100 * 1024 * 1024

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def bounded(application: Application) -> Application:
    """`application`, for which a client that sends too much has gone away; that client is answered with 413."""

    async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        taken: int = 0
        last: Message = {}

        async def take() -> Message:
            nonlocal taken, last
            last = await receive()
            taken += len(last.get("body", b""))
            return last if taken <= MAX_BODY else {"type": "http.disconnect"}

        await application(scope, take, send)
        if taken > MAX_BODY:
            await ignore_rest(last, receive)
            await refuse(scope, send)

    return serve


async def ignore_rest(last: Message, receive: Receive) -> None:
    ignored = 0
    while last.get("more_body") and ignored < MAX_IGNORED:
        last = await receive()
        ignored += len(last.get("body", b""))


async def refuse(scope: dict[str, Any], send: Send) -> None:
    given = {name: value.decode("latin-1") for name, value in scope["headers"]}
    with serving(given.get(b"x-request-id")) as request_id:
        log.warning("a body was cut off", extra={"status": TooLarge.status})
        body = json.dumps(problem(TooLarge.status, TooLarge.code, TooLarge.detail)).encode()
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": len(body),
        "X-Request-ID": request_id,
        "X-API-Version": 1,
        "Connection": "close",
    }
    fields = [(name.lower().encode(), str(value).encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": TooLarge.status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
