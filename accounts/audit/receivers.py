"""What the audit hears of."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save

from accounts.audit import recording, services
from accounts.models import Member
from accounts.signals import account_closed
from accounts.vocabulary.models import Field, FieldGroup, Skill, SkillAlias, UnknownSkill


def forget(sender: Any, member: Member, **kwargs: Any) -> None:
    services.forget(member)


def connect() -> None:
    pre_save.connect(recording.before_saving)
    post_save.connect(recording.after_saving)
    m2m_changed.connect(recording.related)
    # Not for every model: Django fetches each row that it deletes when somebody listens.
    for model in (Member, Group, Field, FieldGroup, Skill, SkillAlias, UnknownSkill):
        pre_delete.connect(recording.before_deleting, sender=model)
    account_closed.connect(forget)
