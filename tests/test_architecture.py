"""The import map: each app knows those below it and none above, so that every one can be read without what stands on it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
FLOORS = ["ops", "accounts.vocabulary", "accounts", "media", "matching", "chat", "alliv"]


def floor(module: str) -> int:
    """The floor of a module by its longest name; -1 for what is not ours and may be used anywhere."""
    names = [".".join(module.split(".")[:length]) for length in (2, 1)]
    return next((FLOORS.index(name) for name in names if name in FLOORS), -1)


def imports() -> Iterator[tuple[str, str]]:
    """(module, what it imports) of every file of the apps but tests and migrations."""
    for path in (path for name in FLOORS if "." not in name for path in sorted((ROOT / name).rglob("*.py"))):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if {"tests", "migrations"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not node.level, f"{module}: a relative import hides where a thing lives"
                yield from ((module, f"{node.module}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from ((module, alias.name) for alias in node.names)


def test_no_app_imports_one_above_it() -> None:
    assert [(one, other) for one, other in imports() if floor(other) > floor(one)] == []


def test_the_map_is_read_at_all() -> None:
    assert {("accounts.mails", "ops.outbox"), ("matching.matrix", "accounts.models.Member")} <= set(imports())
