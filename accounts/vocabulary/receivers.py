"""Any saved or deleted word moves the vocabulary's revision, whichever door the edit came through."""

from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from accounts.vocabulary.models import Field, FieldGroup, Skill, SkillAlias
from accounts.vocabulary.selectors import REVISION
from accounts.vocabulary.signals import vocabulary_changed
from ops import revisions


def announce(sender: Any, **kwargs: Any) -> None:
    with transaction.atomic():
        revisions.bump(REVISION)
        vocabulary_changed.send(sender)


def connect() -> None:
    for model in (Field, FieldGroup, Skill, SkillAlias):
        post_save.connect(announce, sender=model)
        post_delete.connect(announce, sender=model)
    m2m_changed.connect(announce, sender=Field.groups.through)
