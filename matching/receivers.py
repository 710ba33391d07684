"""What matching does when the rooms below it have news."""

from typing import Any

from django.db.models.signals import post_delete, pre_delete

from accounts.signals import members_blocked, profile_changed
from accounts.vocabulary.models import Field, FieldGroup, Skill, UnknownSkill
from accounts.vocabulary.signals import vocabulary_changed
from matching import embedding, matrix, services
from matching.curation.models import WordVector
from matching.ranking import loading


def forget_word(sender: Any, instance: UnknownSkill, **kwargs: Any) -> None:
    """A word that nobody waits for any more leaves no vector: it may have been one member's own."""
    WordVector.objects.filter(key=instance.key).delete()


def connect() -> None:
    profile_changed.connect(loading.note_change)
    profile_changed.connect(embedding.request_embedding)
    vocabulary_changed.connect(matrix.note_vocabulary_change)
    for word in (Skill, Field, FieldGroup):
        pre_delete.connect(matrix.note_pairs_that_go, sender=word)
    post_delete.connect(forget_word, sender=UnknownSkill)
    members_blocked.connect(services.end_match_of_blocked)
