"""The examples for developers are programs: each is given to who would run it."""

import ast
import shlex
import shutil
import subprocess

import pytest

from alliv.developers import groups
from alliv.snippets import Call, snippets

pytestmark = pytest.mark.unit

NOTE = Call("POST", "/api/swipes", {"target": "x", "note": "It's “good” \\ really"})
CALLS = [
    NOTE,
    Call("GET", "/api/me"),
    Call("POST", "/api/photos", file=True),
    Call("POST", "/api/auth/login", {"email": "a@b"}, signed_in=False),
]


def every_snippet() -> list[tuple[str, str]]:
    told = [shown for operations in groups().values() for operation in operations for shown in operation["snippets"]]
    return [*told, *(shown for call in CALLS for shown in snippets(call, "https://alliv.example"))]


def test_the_shell_reads_curl_s_words() -> None:
    text = dict(snippets(NOTE, "https://alliv.example"))["curl"]
    words = shlex.split(text.replace("\\\n", ""))
    assert words[:4] == ["curl", "-X", "POST", "https://alliv.example/api/swipes"]
    assert words[-1] == '{"target": "x", "note": "It\'s “good” \\\\ really"}'


def test_python_compiles() -> None:
    found = [text for language, text in every_snippet() if language == "Python"]
    assert len(found) > 50
    for text in found:
        ast.parse(text)


def test_javascript_parses() -> None:
    node = shutil.which("node")
    found = [text for language, text in every_snippet() if language == "JavaScript"]
    assert all(text.count("{") == text.count("}") for text in found)
    if node:
        program = "\n".join(f"async function f{number}(token, input) {{ {text} }}" for number, text in enumerate(found))
        subprocess.run([node, "--check", "-"], input=program, text=True, check=True)


def test_who_needs_no_token_is_not_told_to_send_one() -> None:
    assert not [text for _, text in snippets(CALLS[-1], "https://alliv.example") if "Bearer" in text]
    assert all("Bearer" in text for _, text in snippets(CALLS[1], "https://alliv.example"))
