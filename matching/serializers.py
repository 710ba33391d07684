"""The bodies that matching reads, and the shapes it answers with."""

from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from accounts.serializers import MAX_WORDS, CountryCode, LanguageCode, LevelsInOrder
from accounts.vocabulary.selectors import vocabulary
from accounts.vocabulary.words import canonical
from matching.models import Swipe
from matching.ranking.filters import Filters
from matching.score import LEVELS
from media.serializers import PhotoRow
from ops.serializers import Body, FiniteFloat, Query, WholeNumber


class PageQuery(Query):
    """Where in a ranking a page lies."""

    limit = WholeNumber(min_value=1, max_value=100, required=False, default=20)
    cursor = serializers.CharField(max_length=2000, required=False)

    def filters(self) -> Filters:
        return Filters()


class FilterQuery(PageQuery, LevelsInOrder):
    """The filters of Discover as query parameters; lists repeat the name."""

    field = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=50)
    skills = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=30)
    skills_mode = serializers.ChoiceField(["any", "all"], required=False)
    wanted_by_them = serializers.BooleanField(required=False)
    min_hours = WholeNumber(min_value=0, max_value=168, required=False)
    remote = serializers.BooleanField(required=False, allow_null=True)
    country = serializers.ListField(child=CountryCode(max_length=2), required=False, max_length=50)
    within_km = FiniteFloat(min_value=0, max_value=25_000, required=False)
    language = serializers.ListField(child=LanguageCode(), required=False, max_length=MAX_WORDS)
    online = serializers.BooleanField(required=False)
    has_photo = serializers.BooleanField(required=False)
    min_score = FiniteFloat(min_value=0, max_value=100, required=False)

    def validate_field(self, names: list[str]) -> list[str]:
        found = [vocabulary().field(name) for name in names]
        if None in found:
            raise serializers.ValidationError("There is no such field. GET /api/fields lists them.", code="unknown_field_name")
        return [entry.slug for entry in found if entry]

    def validate_skills(self, names: list[str]) -> list[str]:
        """What nobody knows nobody has: the key stays and matches no one."""
        known = vocabulary()
        return [skill.key if (skill := known.skill(name)) else canonical(name) for name in names]

    def filters(self) -> Filters:
        given: dict[str, Any] = dict(self.validated_data)
        values = {name: value for name, value in given.items() if name not in {"limit", "cursor"}}
        values.update({name: LEVELS[given[name]] for name in ("experience_min", "experience_max") if name in given})
        values.update({name: tuple(given[name]) for name in ("field", "skills", "country", "language") if name in given})
        return Filters(**values)


def ranking_query(parameters: QueryDict) -> PageQuery:
    """The smaller of the two that reads these parameters: without filters most of them need not be made."""
    return PageQuery(data=parameters) if parameters.keys() <= {"limit", "cursor"} else FilterQuery(data=parameters)


class SwipeBody(Body):
    target = serializers.UUIDField()
    action = serializers.ChoiceField(Swipe.Action.choices)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, allow_null=True)


class PairBody(Body):
    """One row of the matrix; skills by name, slug or alias, in either order."""

    skill_a = serializers.CharField(max_length=60)
    skill_b = serializers.CharField(max_length=60)
    score = FiniteFloat(min_value=0, max_value=1)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class PairChange(Body):
    score = FiniteFloat(min_value=0, max_value=1)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


# --- Answers ---


class CardShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    headline = serializers.CharField()
    field = serializers.CharField(allow_null=True)
    role = serializers.CharField()
    skills = serializers.ListField(child=serializers.CharField())
    photo = PhotoRow(allow_null=True)
    country = serializers.CharField()
    city = serializers.CharField()
    distance_band = serializers.CharField(allow_null=True)
    online = serializers.BooleanField()


class PartShape(serializers.Serializer[Any]):
    factor = serializers.CharField()
    value = serializers.FloatField()
    weight = serializers.FloatField()
    points = serializers.FloatField()


class BoostShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    points = serializers.FloatField()


class ReasonShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    params = serializers.DictField()
    text = serializers.CharField()


class ExplanationShape(serializers.Serializer[Any]):
    score = serializers.FloatField()
    confidence = serializers.FloatField()
    explanation = PartShape(many=True)
    boosts = BoostShape(many=True)
    reasons = ReasonShape(many=True)
    matrix_version = serializers.IntegerField()


class RankedShape(ExplanationShape):
    member = CardShape()


class MatchShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    member = CardShape()
    room = serializers.UUIDField()
    score = serializers.FloatField()
    matched_at = serializers.DateTimeField()
    last_message = serializers.DictField(allow_null=True)
    unread = serializers.IntegerField()


class SwipeAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    action = serializers.CharField()
    matched = serializers.BooleanField()
    match = MatchShape(allow_null=True)


class SwipeRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    member = CardShape()
    action = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class InvitationRow(SwipeRow):
    score = serializers.FloatField()


class StatsShape(serializers.Serializer[Any]):
    likes = serializers.IntegerField()
    super_likes = serializers.IntegerField()
    passes = serializers.IntegerField()
    received = serializers.IntegerField()
    matches = serializers.IntegerField()
    match_rate = serializers.FloatField()


class PairRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    skill_a = serializers.CharField(source="skill_a.name")
    skill_b = serializers.CharField(source="skill_b.name")
    score = serializers.FloatField()
    updated_at = serializers.DateTimeField()
    updated_by = serializers.UUIDField(source="updated_by_id", allow_null=True)


class PublishedPair(serializers.Serializer[Any]):
    skill_a = serializers.CharField()
    skill_b = serializers.CharField()
    score = serializers.FloatField()


class PublishedSynergy(serializers.Serializer[Any]):
    field_a = serializers.CharField()
    field_b = serializers.CharField()
    score = serializers.FloatField()


class PublishedBoost(serializers.Serializer[Any]):
    group_a = serializers.CharField()
    group_b = serializers.CharField()
    points = serializers.FloatField()


class MatrixShape(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    pairs = PublishedPair(many=True)
    field_synergies = PublishedSynergy(many=True)
    weights = serializers.DictField(child=serializers.FloatField())
    boosts = PublishedBoost(many=True)


class ProfileShape(serializers.Serializer[Any]):
    """A profile as others see it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    headline = serializers.CharField()
    bio = serializers.CharField()
    field = serializers.CharField(allow_null=True)
    role = serializers.CharField()
    skills = serializers.ListField(child=serializers.CharField())
    wanted_skills = serializers.ListField(child=serializers.CharField())
    interests = serializers.ListField(child=serializers.CharField())
    values = serializers.ListField(child=serializers.CharField())
    work_styles = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    experience_level = serializers.CharField(allow_null=True)
    hours_per_week = serializers.IntegerField(allow_null=True)
    remote_only = serializers.BooleanField()
    country = serializers.CharField()
    city = serializers.CharField()
    timezone = serializers.CharField()
    links = serializers.ListField(child=serializers.URLField())
    visibility = serializers.CharField()
    photos = PhotoRow(many=True)
    online = serializers.BooleanField()
    last_seen = serializers.DateTimeField(allow_null=True)
    distance_band = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class OwnProfileShape(ProfileShape):
    email = serializers.EmailField()
    birthdate = serializers.DateField(allow_null=True, help_text="Null for somebody who came over without one and has not said it yet.")
    completeness = serializers.DictField()
    show_presence = serializers.BooleanField()
    mail_language = serializers.CharField(help_text="The language of mails to the member.")
    match_mails = serializers.BooleanField(help_text="Whether a match made while the member is away is mailed.")
    must_haves = serializers.DictField()
    location = serializers.DictField()
    unknown_skills = serializers.ListField(child=serializers.CharField())
