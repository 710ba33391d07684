"""Fields and skills: the words that profiles and the score share."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.text import slugify

from accounts.vocabulary.words import canonical, tidy
from ops.models import Row


class Named(Row):
    """A word of the vocabulary: shown as `name`, compared as `key`, addressed as `slug`."""

    name = models.CharField(max_length=50)
    key = models.CharField(max_length=80, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = tidy(self.name)
        self.key = canonical(self.name)
        self.slug = self.slug or slugify(self.name) or str(self.pk)  # other scripts than Latin leave nothing

    def save(self, *args: Any, **kwargs: Any) -> None:
        Named.clean(self)
        super().save(*args, **kwargs)

    def described(self) -> dict[str, Any]:
        """The word as records of changes keep it."""
        return {"name": self.name, "slug": self.slug}


class FieldGroup(Named):
    """A group of fields that boosts speak of; a field belongs to any number of them."""


class Field(Named):
    groups = models.ManyToManyField(FieldGroup, blank=True, related_name="fields")


class Skill(Named):
    """One canonical skill. A category is a skill without a category: it is its own."""

    category = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="skills", limit_choices_to={"category": None}
    )

    @property
    def is_category(self) -> bool:
        return self.category_id is None

    def described(self) -> dict[str, Any]:
        return {**super().described(), "category": self.category.name if self.category else None}

    def clean(self) -> None:
        super().clean()
        refuse_taken(self.key, SkillAlias.objects.all())
        if self.category and not self.category.is_category:
            raise ValidationError({"category": "A category is a skill that has no category itself."})


class SkillAlias(Row):
    """Another spelling of a skill ("JS" for JavaScript): found in searches, accepted on the way in, never shown."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=50)
    key = models.CharField(max_length=80, unique=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "skill aliases"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = tidy(self.name)
        self.key = canonical(self.name)
        refuse_taken(self.key, Skill.objects.all())

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = canonical(self.name)
        super().save(*args, **kwargs)

    def described(self) -> dict[str, Any]:
        return {"name": self.name, "skill": self.skill.name}


class UnknownSkill(Row):
    """A skill that members named and the vocabulary lacks: it waits for staff."""

    name = models.CharField(max_length=50)
    key = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    rejected_at = models.DateTimeField(null=True, blank=True, help_text="It is no skill, and does not wait any more.")

    def __str__(self) -> str:
        return self.name


def refuse_taken(key: str, others: "models.QuerySet[Any]") -> None:
    if others.filter(key=key).exists():
        raise ValidationError({"name": "This name is already a skill or the alias of one."})
