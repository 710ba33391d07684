"""What matching does when the rooms below it have news."""

from django.db.models.signals import pre_delete

from accounts.signals import members_blocked, profile_changed
from accounts.vocabulary.models import Field, FieldGroup, Skill
from accounts.vocabulary.signals import vocabulary_changed
from matching import embedding, matrix, services
from matching.ranking import loading


def connect() -> None:
    profile_changed.connect(loading.note_change)
    profile_changed.connect(embedding.request_embedding)
    vocabulary_changed.connect(matrix.note_vocabulary_change)
    for word in (Skill, Field, FieldGroup):
        pre_delete.connect(matrix.note_pairs_that_go, sender=word)
    members_blocked.connect(services.end_match_of_blocked)
