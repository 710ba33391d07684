"""Any saved or deleted word moves the vocabulary's revision, whichever door the edit came through, and tells what it was and is."""

from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from accounts.vocabulary.models import Field, FieldGroup, Skill, SkillAlias
from accounts.vocabulary.selectors import REVISION
from accounts.vocabulary.signals import vocabulary_changed
from ops import revisions

WORDS = (Field, FieldGroup, Skill, SkillAlias)


def remember(sender: Any, instance: Any, **kwargs: Any) -> None:
    kept = sender.objects.filter(pk=instance.pk).first()
    instance.was = kept.described() if kept else None


def saved(sender: Any, instance: Any, **kwargs: Any) -> None:
    announce(sender, instance.was, instance.described())


def deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    announce(sender, instance.described(), None)


def regrouped(sender: Any, instance: Any, action: str, **kwargs: Any) -> None:
    """`instance` is the field, or the group when the change came from its side."""
    if action.startswith("post"):
        others = instance.groups if isinstance(instance, Field) else instance.fields
        members = sorted(others.values_list("name", flat=True))
        announce(type(instance), {"name": instance.name}, {"name": instance.name, "with": members})


def announce(sender: Any, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    with transaction.atomic():
        revisions.bump(REVISION)
        vocabulary_changed.send(sender, before=before, after=after)


def connect() -> None:
    for model in WORDS:
        pre_save.connect(remember, sender=model)
        post_save.connect(saved, sender=model)
        post_delete.connect(deleted, sender=model)
    m2m_changed.connect(regrouped, sender=Field.groups.through)
