"""Nothing the database holds about a member is forgotten: each column that names one is exported, or excused with a sentence."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from accounts.models import Member
from accounts.privacy.registry import covered, tables

pytestmark = pytest.mark.unit

# Plain columns that name a member by these words, where no relation gives them away.
WORDS = ("owner", "arguments", "member_ids")

Column = tuple[type[models.Model], str]


def everything() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def belonging() -> set[type[models.Model]]:
    """Members, and all that would be deleted with one."""
    found: set[type[models.Model]] = {Member}
    while more := {model for model in everything() for column in relations(model, found) if cascades(column)} - found:
        found |= more
    return found


def relations(model: type[models.Model], to: set[type[models.Model]]) -> Iterator[models.ForeignKey]:
    yield from (column for column in model._meta.concrete_fields if isinstance(column, models.ForeignKey) and column.related_model in to)


def cascades(column: models.ForeignKey) -> bool:
    return column.remote_field.on_delete is models.CASCADE


def naming_columns() -> set[Column]:
    personal = belonging()
    related = {(model, column.name) for model in everything() for column in relations(model, personal)}
    plain = {
        (model, column.name)
        for model in everything()
        for column in model._meta.concrete_fields
        if (isinstance(column, models.UUIDField | models.EmailField) and not column.primary_key) or column.name in WORDS
    }
    return related | plain


def label(column: Column) -> str:
    return f"{column[0]._meta.label}.{column[1]}"


def test_every_column_that_names_a_member_is_exported_or_excused() -> None:
    assert sorted(map(label, naming_columns() - set(covered))) == []


def test_nothing_is_spoken_of_that_is_not_there() -> None:
    gone = [label(column) for column in covered if column[1] not in {field.name for field in column[0]._meta.concrete_fields}]
    left_out = [
        f"{table.name}.{name}"
        for table in tables
        for name in table.without
        if name not in {field.name for field in table.model._meta.concrete_fields}
    ]
    assert gone + left_out == []


def test_every_excuse_is_a_sentence() -> None:
    excuses = [why for why in covered.values() if why != "exported"] + [why for table in tables for why in table.without.values()]
    assert [why for why in excuses if len(why.split()) < 3] == []


def test_the_test_sees_what_it_looks_for() -> None:
    found = set(map(label, naming_columns()))
    assert {
        "accounts.Profile.member",
        "chat.Message.sender_id",
        "ops.Mail.to",
        "accounts.RefreshToken.session",
        "matching.MatrixVersion.actor",
    } <= found
    assert "matching.SkillPair.skill_a" not in found
