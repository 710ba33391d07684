"""What commands take: every option explains itself, and a number that makes no sense ends with exit code 2 before anything happens."""

from argparse import Action, ArgumentTypeError
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import ManagementUtility, call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand

from ops.arguments import whole
from ops.exits import USAGE

pytestmark = pytest.mark.unit

NUMBERS = [
    "prune_backups --weekly -1", "prune_backups --monthly x", "seed_demo --members -5", "seed_demo --members 0", "seed_demo --seed -1", "start --members 0",
    "serve --port 0", "serve --port 65536", "serve --workers 0", "audit --days 0", "audit --days 999999", "audit --limit -1", "drill --size 0",
    "bench ranking --members 99", "bench ranking --rounds 1",
]  # fmt: skip


def own_commands() -> list[str]:
    ours = {config.name for config in apps.get_app_configs() if str(config.path).startswith(str(settings.BASE_DIR))}
    inside = str(settings.BASE_DIR / ".venv")
    installed = {config.name for config in apps.get_app_configs() if str(config.path).startswith(inside)}
    return sorted(name for name, app in get_commands().items() if app in ours - installed)


def own_actions(name: str) -> Iterator[Action]:
    """The options of a command but for those that every command has."""
    everywhere = {action.dest for action in BaseCommand().create_parser("manage.py", "any")._actions}
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    return (action for action in parser._actions if action.dest not in everywhere)


def test_all_our_commands_are_looked_at() -> None:
    assert {"backup", "audit", "create_staff", "move_message_log", "reindex", "rebuild_trust", "serve"} <= set(own_commands())


@pytest.mark.parametrize("name", own_commands())
def test_every_option_explains_itself(name: str) -> None:
    assert [action.option_strings or action.dest for action in own_actions(name) if not action.help] == []


@pytest.mark.parametrize("name", [name for name in own_commands() if name != "rqworker"])  # its numbers are rq's
def test_no_option_takes_just_any_number(name: str) -> None:
    assert [action.option_strings for action in own_actions(name) if action.type in (int, float)] == []


@pytest.mark.parametrize("words", NUMBERS)
def test_a_number_that_makes_no_sense_is_wrong_usage(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", *words.split()]).execute()
    assert ended.value.code == USAGE
    assert "argument --" in capsys.readouterr().err.splitlines()[-1]


def test_a_bound_is_told() -> None:
    read = whole(1, 10)
    assert [read("1"), read("10")] == [1, 10]
    for word, sentence in (("0", "at least 1"), ("11", "at most 10"), ("1.5", "no whole number"), ("9" * 5000, "no whole number")):
        with pytest.raises(ArgumentTypeError, match=sentence):
            read(word)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["list_backups", "audit"])
def test_nothing_to_list_is_told_to_people_only(name: str, settings: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.BACKUP_DIR = tmp_path
    out = StringIO()
    call_command(name, stdout=out)
    assert capsys.readouterr().err.count("\n") == 1
    call_command(name, "--json", stdout=out)
    assert (out.getvalue(), capsys.readouterr().err) == ("", "")
