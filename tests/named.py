"""Looks up what pages and manifests name: manage.py commands with their flags, make targets, settings, routes."""

import ast
import importlib.util
import re
from argparse import ArgumentParser
from functools import cache
from pathlib import Path

from django.core.management import find_commands, get_commands, load_command_class

from alliv.tests.routes import METHODS, patterns
from chat.routing import websocket_urlpatterns

ROOT = Path(__file__).resolve().parents[1]


@cache
def commands() -> dict[str, str]:
    """Every manage.py command and the app it belongs to; django-rq's too, which is installed only where there is Redis."""
    spec = importlib.util.find_spec("django_rq")
    assert spec
    assert spec.origin
    rq = dict.fromkeys(find_commands(str(Path(spec.origin).parent / "management")), "django_rq")
    return rq | {name: str(getattr(app, "name", app)) for name, app in get_commands().items()}


def parser_of(command: str) -> ArgumentParser:
    return load_command_class(commands()[command], command).create_parser("manage.py", command)


def wrong_with(words: list[str]) -> str | None:
    """What keeps `manage.py <words>` from being understood; None when nothing does."""
    name, *rest = words
    if name not in commands():
        return f"there is no command {name}"
    flags = parser_of(name)._option_string_actions
    unknown = [word for word in rest if word.startswith("-") and word.split("=")[0] not in flags]
    return f"{name} knows no {' '.join(unknown)}" if unknown else None


@cache
def make_targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@cache
def example_settings() -> dict[str, tuple[str, str]]:
    """The value and the sentence of every setting in .env.example; settings in a row share the sentence above them."""
    found, sentence, in_sentence = {}, "", False
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and not line.startswith("# ---"):
            text = line.lstrip("# ")
            sentence, in_sentence = (f"{sentence} {text}" if in_sentence else text), True
        elif "=" in line:
            name, _, value = line.partition("=")
            found[name], in_sentence = (value, sentence), False
        else:
            sentence, in_sentence = "", False
    return found


@cache
def read_settings() -> dict[str, object]:
    """Every name that settings.py reads through `env`, and its default where that is written down as one."""
    tree = ast.parse((ROOT / "alliv" / "settings.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and re.fullmatch(r"env\.\w+", ast.unparse(node.func))]
    found = {}
    for call in calls:
        name, *given = [node.value if isinstance(node, ast.Constant) else None for node in call.args]
        found[str(name)] = given[0] if given else None
    return found


@cache
def routes() -> dict[str, frozenset[str]]:
    """Every address with `{}` for what varies, and the methods it answers; none are told for pages."""
    found = {}
    for route, pattern in patterns():
        view = getattr(pattern.callback, "view_class", None)
        found[shape("/" + route)] = frozenset(method for method in METHODS if view and hasattr(view, method))
    sockets = {shape(f"/{pattern.pattern}"): frozenset[str]() for pattern in websocket_urlpatterns}
    return found | sockets


def shape(address: str) -> str:
    """`/api/blocks/<uuid:member_id>`, `/api/blocks/{member}` and the like as one word."""
    return re.sub(r"<[^>]+>|\{[^}]*\}", "{}", address.partition("?")[0])
