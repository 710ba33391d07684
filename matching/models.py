"""The knowledge behind the score, the vectors it compares, and what members decided about one another."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.vocabulary.models import Field, FieldGroup, Skill
from ops.models import Row

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


def unordered_pair(a: str, b: str, prefix: str) -> list[models.BaseConstraint]:
    """The rule of a table of unordered pairs: `a` before `b`, never itself, each pair once."""
    return [
        models.CheckConstraint(condition=Q(**{f"{a}__lt": F(b)}), name=f"{prefix}_ordered"),
        models.UniqueConstraint(fields=[a, b], name=f"{prefix}_once"),
    ]


class Pair(Row):
    """Two different things in either order. Saved in the order of their ids; a pair with itself is refused."""

    ends: tuple[str, str]
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True

    def order_ends(self) -> None:
        a, b = self.ends
        if getattr(self, f"{a}_id") > getattr(self, f"{b}_id"):
            first, second = getattr(self, a), getattr(self, b)
            setattr(self, a, second)
            setattr(self, b, first)

    def clean(self) -> None:
        a, b = self.ends
        if None in (first := getattr(self, f"{a}_id"), second := getattr(self, f"{b}_id")):
            return
        if first == second:
            raise ValidationError({b: "A pair needs two different ends."})
        self.order_ends()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.order_ends()
        super().save(*args, **kwargs)


class SkillPair(Pair):
    """How well two skills or categories complete one another."""

    ends = ("skill_a", "skill_b")
    skill_a = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+")
    skill_b = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(validators=SHARE)

    class Meta:
        constraints = [
            *unordered_pair("skill_a", "skill_b", "matching_skillpair"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="matching_skillpair_share"),
        ]
        ordering = ["skill_a__name", "skill_b__name"]
        verbose_name = "skill compatibility"
        verbose_name_plural = "skill compatibility"

    def __str__(self) -> str:
        return f"{self.skill_a} × {self.skill_b}: {self.score:.2f}"


class FieldSynergy(Pair):
    """How well two professional fields work together."""

    ends = ("field_a", "field_b")
    field_a = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="+")
    field_b = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(validators=SHARE)

    class Meta:
        constraints = [
            *unordered_pair("field_a", "field_b", "matching_synergy"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="matching_synergy_share"),
        ]
        ordering = ["field_a__name", "field_b__name"]
        verbose_name_plural = "field synergies"

    def __str__(self) -> str:
        return f"{self.field_a} × {self.field_b}: {self.score:.2f}"


class Boost(Pair):
    """Points added when the two members' fields belong to the two groups. `points` is a share of the whole, 0–1."""

    ends = ("group_a", "group_b")
    group_a = models.ForeignKey(FieldGroup, on_delete=models.CASCADE, related_name="+")
    group_b = models.ForeignKey(FieldGroup, on_delete=models.CASCADE, related_name="+")
    points = models.FloatField(validators=SHARE)

    class Meta:
        constraints = [
            *unordered_pair("group_a", "group_b", "matching_boost"),
            models.CheckConstraint(condition=Q(points__gte=0, points__lte=1), name="matching_boost_share"),
        ]
        ordering = ["group_a__name", "group_b__name"]

    def __str__(self) -> str:
        return f"{self.group_a} + {self.group_b}: {self.points:.2f}"


class Weights(Row):
    """The one row of weights; they sum to 1."""

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    field = models.FloatField(default=0.20, validators=SHARE)
    skills = models.FloatField(default=0.20, validators=SHARE)
    experience = models.FloatField(default=0.15, validators=SHARE)
    availability = models.FloatField(default=0.15, validators=SHARE)
    location = models.FloatField(default=0.10, validators=SHARE)
    values = models.FloatField(default=0.10, validators=SHARE)
    semantic = models.FloatField(default=0.10, validators=SHARE)

    FACTORS = ("field", "skills", "experience", "availability", "location", "values", "semantic")

    class Meta:
        verbose_name_plural = "weights"

    def __str__(self) -> str:
        return ", ".join(f"{name} {value:.2f}" for name, value in self.by_factor().items())

    def by_factor(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in self.FACTORS}

    def clean(self) -> None:
        total = sum(value or 0.0 for value in self.by_factor().values())
        if abs(total - 1) > 1e-9:
            raise ValidationError(f"The weights must sum to 1, and these sum to {total:g}.")


class MatrixVersion(Row):
    """One published change of what scores are made from: append-only, numbered without a hole."""

    number = models.BigIntegerField(unique=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=list, help_text="What changed: table, key, before, after.")
    base = models.BigIntegerField(null=True, help_text="The version that the draft it was published from began with.")
    reverts = models.BigIntegerField(null=True, help_text="The version whose changes it takes back.")
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A version is never changed: publish another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("A version is never deleted: revert it by another one.")


class Embedding(models.Model):
    """The vector of a profile's text: float32 × 384, length 1, little endian."""

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="embedding")
    vector = models.BinaryField()
    text_hash = models.CharField(max_length=64)
    model = models.CharField(max_length=60)
    profile_version = models.PositiveIntegerField(help_text="The profile's version when the text was last compared.")

    def __str__(self) -> str:
        return f"embedding of {self.member_id}"


class PopulationChange(models.Model):
    """A member whose columns every process has to read again; `number` is the population's revision."""

    number = models.BigIntegerField(primary_key=True)
    member_ids = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"change {self.number}"


class Swipe(Row):
    """What one member decided about another. Undone swipes are deleted."""

    class Action(models.TextChoices):
        LIKE = "like"
        SUPER_LIKE = "super_like"
        PASS = "pass"

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="swipes_made")
    target = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="swipes_received")
    action = models.CharField(max_length=10, choices=Action.choices)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["actor", "target"], name="matching_swipe_once"),
            models.CheckConstraint(condition=~Q(actor=F("target")), name="matching_swipe_not_self"),
        ]
        indexes = [
            # services.check_quota: a member's likes of the last day.
            models.Index(fields=["actor", "created_at"], name="matching_swipe_quota"),
            # selectors.invitations: likes received.
            models.Index(fields=["target"], condition=~Q(action="pass"), name="matching_swipe_received"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.action} {self.target_id}"


class UndoneLike(Row):
    """A like that was taken back: it still counts as one of its day, and says no more whom it was for."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=10, choices=Swipe.Action.choices)
    created_at = models.DateTimeField(help_text="When the like was made.")

    class Meta:
        # services.recent_likes: a member's likes of the last day.
        indexes = [models.Index(fields=["actor", "created_at"], name="matching_undone_quota")]

    def __str__(self) -> str:
        return f"{self.actor_id} took a {self.action} back"


class Match(Row):
    """Two members who liked one another, in the order of their ids. Unmatched rows stay, so that they never meet again."""

    member_a = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    member_b = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "matches"
        constraints = unordered_pair("member_a", "member_b", "matching_match")
        # staff_home.charts: matches, a day each.
        indexes = [models.Index(fields=["created_at"], name="matching_match_created")]

    def __str__(self) -> str:
        return f"{self.member_a_id} and {self.member_b_id}"
