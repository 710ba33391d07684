"""One operation of the API as a call with curl, in Python and in JavaScript, from what the OpenAPI document says of it."""

import json
from dataclasses import dataclass
from typing import Any

FILE = "portrait.jpg"


@dataclass(frozen=True)
class Call:
    """`path` may have {holes}; `body` is the example, None where nothing is sent; `file` where a form with a file is."""

    method: str
    path: str
    body: Any = None
    file: bool = False
    signed_in: bool = True


def snippets(call: Call, origin: str) -> list[tuple[str, str]]:
    return [("curl", curl(call, origin)), ("Python", python(call, origin)), ("JavaScript", javascript(call, origin))]


def written(body: Any, indent: int | None = None) -> str:
    return json.dumps(body, ensure_ascii=False, indent=indent)


def curl(call: Call, origin: str) -> str:
    words = [f"curl -X {call.method} '{origin}{call.path}'"]
    if call.signed_in:
        words.append('-H "Authorization: Bearer $TOKEN"')
    if call.file:
        words.append(f"-F file=@{FILE}")
    elif call.body is not None:
        quoted = written(call.body).replace("'", "'\\''")
        words += ["-H 'Content-Type: application/json'", f"-d '{quoted}'"]
    return " \\\n  ".join(words)


def python(call: Call, origin: str) -> str:
    given = [f'"{call.method}"', f'"{origin}{call.path}"']
    if call.signed_in:
        given.append('headers={"Authorization": f"Bearer {token}"}')
    if call.file:
        given.append(f'files={{"file": open("{FILE}", "rb")}}')
    elif call.body is not None:
        given.append(f"json={call.body!r}")
    return "\n".join(["import httpx", "", "answer = httpx.request(", *(f"    {word}," for word in given), ")", "answer.raise_for_status()"])


def javascript(call: Call, origin: str) -> str:
    heads = ["Authorization: `Bearer ${token}`"] if call.signed_in else []
    given = [f'method: "{call.method}"']
    before = []
    if call.file:
        before, body = ["const body = new FormData();", 'body.set("file", input.files[0]);'], "body"
    else:
        body = f"body: JSON.stringify({written(call.body)})" if call.body is not None else ""
        heads += ['"Content-Type": "application/json"'] if call.body is not None else []
    given += [f"headers: {{ {', '.join(heads)} }}"] if heads else []
    given += [body] if body else []
    return "\n".join([*before, f'const answer = await fetch("{origin}{call.path}", {{', *(f"  {word}," for word in given), "});"])
