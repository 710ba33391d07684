"""What staff have in mind and have not published yet."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from ops.models import Row


class Draft(Row):
    """One editor's changes: kept until they are published or discarded, whoever signs out in between."""

    editor = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="matrix_draft")
    base = models.BigIntegerField(help_text="The version that was published when it began.")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"draft of {self.editor_id} on version {self.base}"


class DraftChange(Row):
    """One cell, or one word that becomes another; `before` is what was published when the editor first touched it."""

    class Table(models.TextChoices):
        SKILL_PAIRS = "skill_pairs", "skills"
        FIELD_SYNERGIES = "field_synergies", "fields"
        BOOSTS = "boosts", "boosts"
        WEIGHTS = "weights", "weights"
        RENAMES = "renames", "renamed skills"
        MERGES = "merges", "merged skills"

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="changes")
    table = models.CharField(max_length=20, choices=Table.choices)
    a = models.CharField(max_length=50, help_text="A name; of a weight its factor, of a renamed or merged skill what it is called now.")
    b = models.CharField(max_length=50, blank=True, help_text="The other name, or what the skill becomes.")
    before = models.FloatField(null=True, help_text="Empty: the pair was not listed.")
    after = models.FloatField(null=True, help_text="Empty: the pair is not listed any more.")

    class Meta:
        ordering = ["table", "a", "b"]
        constraints = [models.UniqueConstraint(fields=["draft", "table", "a", "b"], name="curation_change_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.a} × {self.b}: {self.before} → {self.after}"


class WordVector(models.Model):
    """What the embedding model makes of a word, known or waiting: float32 × 384, length 1, little endian."""

    key = models.CharField(max_length=80, primary_key=True)
    vector = models.BinaryField()
    model = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.key
