"""docs/api.md says what the code says: every code and every limit."""

import ast
from collections.abc import Iterator

import pytest

import accounts.mfa.passkeys  # noqa: F401 - failures of pages are known once these are
import matching.curation.pages  # noqa: F401
from alliv.api.codes import stable_codes
from ops.limits import RULES
from tests.named import ROOT
from tests.test_requirements_page import page, words

pytestmark = pytest.mark.unit

APPS = ("accounts", "alliv", "chat", "matching", "media", "ops")
# Those of the framework, which the page names in a sentence.
USUAL = {
    "required", "null", "blank", "invalid", "invalid_choice", "max_length", "min_length", "max_value", "min_value", "not_a_list",
    "null_characters_not_allowed",
}  # fmt: skip


def table(head: str) -> list[list[str]]:
    """The cells of the table that begins with this word."""
    text = page("api.md").split(f"| {head} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_every_stable_code_is_listed_with_its_status() -> None:
    listed = {code: int(status) for code, status, _ in table("code")}
    assert listed == {row.code: row.status for row in stable_codes().values()}
    assert list(listed.values()) == sorted(listed.values())
    assert all(what for _, _, what in table("code"))


def test_every_limit_is_listed_with_its_numbers() -> None:
    listed = {name: (int(many.split()[0]), int(seconds.removesuffix(" s"))) for name, many, seconds in table("limit")}
    assert listed == {name: (rule.limit, rule.seconds) for name, rule in RULES.items()}


def field_codes() -> Iterator[str]:
    """The codes that the code gives to parts of a body."""
    for path in [path for app in APPS for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("serializers.ValidationError", "ErrorDetail")):
                yield from (str(ast.literal_eval(word.value)) for word in node.keywords if word.arg == "code")
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Invalid.field" and len(node.args) == 3:
                yield str(ast.literal_eval(node.args[2]))
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_error_messages":
                yield from (str(ast.literal_eval(key)) for key in getattr(node.value, "keys", []))


def test_every_code_of_a_field_is_listed() -> None:
    found = set(field_codes())
    assert {"unknown_field", "weak_password", "unknown_skill", "not_https"} <= found  # each of the three ways to give one
    assert {code for code, _ in table("code of a field")} == found - USUAL
    assert set(words(page("api.md"))) >= USUAL
