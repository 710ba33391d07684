"""The bodies that accounts reads and answers with."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts import countries, languages, places
from accounts.models import ExperienceLevel, Member, Profile, Visibility
from accounts.passwords import weaknesses
from accounts.services import ADULT_AGE
from accounts.vocabulary.models import Field
from accounts.vocabulary.selectors import vocabulary
from accounts.vocabulary.words import canonical, tidy, visible
from ops.serializers import Body, FiniteFloat, WholeNumber

MAX_SKILLS, MAX_WANTED, MAX_WORDS, MAX_LINKS = 30, 20, 10, 8
MAX_WORD, MAX_KEY = 50, 80


def age_on(day: date, birthdate: date) -> int:
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))


def check_adult(birthdate: date) -> None:
    today = timezone.now().date()
    if not ADULT_AGE <= age_on(today, birthdate) <= 120:
        raise serializers.ValidationError(_("Alliv is for people who are 18 or older."), code="under_age")


def check_password(password: str, email: str, pointer: str = "password") -> None:
    if weak := weaknesses(password, email):
        raise serializers.ValidationError({pointer: [serializers.ErrorDetail(sentence, code="weak_password") for sentence in weak]})


class Email(serializers.EmailField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(data)).lower()


class Password(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=256, trim_whitespace=False, style={"input_type": "password"}, **kwargs)


class Name(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=2, max_length=80, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return tidy(visible(super().to_internal_value(data)))


class RegisterBody(Body):
    email = Email()
    password = Password()
    name = Name()
    birthdate = serializers.DateField(validators=[check_adult])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_password(attrs["password"], attrs["email"])
        return attrs


class SocialSignupBody(Body):
    """What a provider does not tell."""

    name = Name()
    birthdate = serializers.DateField(validators=[check_adult])


class ProviderRow(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class AuthorizationAnswer(serializers.Serializer[Any]):
    authorization_url = serializers.URLField(help_text="Where the browser goes next; it comes back signed in.")


class RegisterAnswer(serializers.Serializer[Any]):
    status = serializers.CharField()
    email = serializers.EmailField()


class Accepted(serializers.Serializer[Any]):
    status = serializers.CharField()


class EmailBody(Body):
    email = Email()


class CodeBody(Body):
    email = Email()
    code = serializers.CharField(max_length=10)


class LoginBody(Body):
    email = Email()
    password = Password()
    otp = serializers.CharField(max_length=40, required=False, help_text="The second factor: an app's six digits or a recovery code.")


class RefreshBody(Body):
    refresh = serializers.CharField(max_length=200)


class ResetBody(CodeBody):
    password = Password()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_password(attrs["password"], attrs["email"])
        return attrs


class ChangePasswordBody(Body):
    old = Password()
    new = Password()


class PasswordBody(Body):
    password = Password()


class BriefMember(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()


class TokensAnswer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField()
    member = BriefMember()


def brief(member: Member) -> dict[str, str]:
    return {"id": str(member.pk), "name": member.profile.name, "email": member.email}


# --- The profile ---


class Word(serializers.CharField):
    """1–50 characters in their normal form, which may be longer than what was typed, and no longer than a key when compared."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_WORD, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = tidy(super().to_internal_value(data))
        if len(canonical(text)) > MAX_KEY:
            self.fail("max_length", max_length=MAX_WORD)
        return text


class Words(serializers.ListField):
    """A list of short texts; equal ones (however written) once, in the order given. Null clears."""

    def __init__(self, limit: int = MAX_WORDS, child: Word | None = None, **kwargs: Any) -> None:
        super().__init__(child=child or Word(), max_length=limit, required=False, allow_null=True, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        texts = super().to_internal_value(data)
        return list({canonical(text): text for text in reversed(texts) if text}.values())[::-1]


class SkillNames(Words):
    """Known skills by name, slug or alias become their canonical names; unknown ones are kept as written."""

    def to_internal_value(self, data: Any) -> list[str]:
        known = vocabulary()
        named = [skill.name if (skill := known.skill(text)) else text for text in super().to_internal_value(data)]
        return list(dict.fromkeys(named))


class FieldName(serializers.CharField):
    """A field by name or slug; becomes the row."""

    default_error_messages = {"unknown_field_name": _("There is no such field. GET /api/fields lists them.")}

    def to_internal_value(self, data: Any) -> Any:
        entry = vocabulary().field(super().to_internal_value(data))
        if entry is None:
            self.fail("unknown_field_name")
        return Field.objects.get(slug=entry.slug)


class CountryCode(serializers.CharField):
    default_error_messages = {"unknown_country": _("A country is an ISO 3166 alpha-2 code such as PT.")}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data).strip().upper()
        if code and code not in countries.names():
            self.fail("unknown_country")
        return code


class LanguageCode(Word):
    """A language that people speak, by code or name; becomes its code. Rows from before there was this rule stay until they are edited."""

    default_error_messages = {
        "unknown_language": _("There is no language “{word}”: give its ISO 639 code such as pt, or its English name.")
    }

    def to_internal_value(self, data: Any) -> str:
        word = super().to_internal_value(data)
        code = languages.code_of(word)
        if code is None:
            self.fail("unknown_language", word=word)
        return code


class ZoneName(serializers.CharField):
    default_error_messages = {"unknown_timezone": _("A time zone is an IANA name such as Europe/Lisbon.")}

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name and name not in available_timezones():
            self.fail("unknown_timezone")
        return name


class LocationBody(Body):
    lat = FiniteFloat(min_value=-90, max_value=90)
    lon = FiniteFloat(min_value=-180, max_value=180)


class LevelsInOrder(Body):
    """Experience from one level to another. The same level twice asks for that one."""

    experience_min = serializers.ChoiceField(ExperienceLevel.choices, required=False)
    experience_max = serializers.ChoiceField(ExperienceLevel.choices, required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        order = ExperienceLevel.values
        lowest, highest = values.get("experience_min"), values.get("experience_max")
        if lowest and highest and order.index(lowest) > order.index(highest):
            raise serializers.ValidationError({"experience_max": [_("This is below the lowest level that you ask for.")]})
        return values


class MustHavesBody(LevelsInOrder):
    countries = serializers.ListField(child=CountryCode(max_length=2), max_length=50, required=False)
    remote = serializers.BooleanField(required=False)
    fields = serializers.ListField(child=serializers.CharField(max_length=60), max_length=50, required=False)  # type: ignore[assignment]
    min_hours = WholeNumber(min_value=0, max_value=168, required=False)
    languages = serializers.ListField(child=LanguageCode(), max_length=MAX_WORDS, required=False)

    def validate_fields(self, names: list[str]) -> list[str]:
        found = [vocabulary().field(name) for name in names]
        if None in found:
            raise serializers.ValidationError(_("There is no such field. GET /api/fields lists them."), code="unknown_field_name")
        return [entry.slug for entry in found if entry]


class HttpsURL(serializers.URLField):
    default_error_messages = {"not_https": _("A link has to start with https://.")}

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        if not address.startswith("https://"):
            self.fail("not_https")
        return address


def text(limit: int) -> serializers.CharField:
    return serializers.CharField(max_length=limit, required=False, allow_blank=True, allow_null=True)


class ProfileBody(Body):
    """A merge: what is left out stays, null clears. `changes()` gives model values."""

    name = Name(required=False)
    headline = text(120)
    bio = text(1000)
    field = FieldName(required=False, allow_null=True)
    role = text(100)
    skills = SkillNames(MAX_SKILLS)
    wanted_skills = SkillNames(MAX_WANTED)
    interests = Words()
    values = Words()
    work_styles = Words()
    languages = Words(child=LanguageCode())
    experience_level = serializers.ChoiceField(ExperienceLevel.choices, required=False, allow_null=True)
    hours_per_week = WholeNumber(min_value=0, max_value=168, required=False, allow_null=True)
    remote_only = serializers.BooleanField(required=False, allow_null=True)
    country = CountryCode(required=False, allow_null=True, allow_blank=True)
    city = text(80)
    timezone = ZoneName(required=False, allow_null=True, allow_blank=True)
    location = LocationBody(required=False, allow_null=True)
    links = serializers.ListField(child=HttpsURL(max_length=300), max_length=MAX_LINKS, required=False, allow_null=True)
    visibility = serializers.ChoiceField(Visibility.choices, required=False, allow_null=True)
    show_presence = serializers.BooleanField(required=False, allow_null=True)
    must_haves = MustHavesBody(required=False, allow_null=True)
    mail_language = serializers.ChoiceField(settings.LANGUAGES, required=False, allow_null=True)
    match_mails = serializers.BooleanField(required=False, allow_null=True)
    birthdate = serializers.DateField(required=False, validators=[check_adult], help_text="Once, for who came over without one.")

    def changes(self) -> dict[str, Any]:
        """Column to value; a place becomes its cell here, so that no point goes any further."""
        values = dict(self.validated_data)
        if "location" in values:
            point = values.pop("location")
            values["cell"] = places.cell_of(point["lat"], point["lon"]) if point else ""
        return {name: cleared(name) if value is None else value for name, value in values.items()}


def cleared(column: str) -> Any:
    """What a column holds when its member says nothing."""
    field = Profile._meta.get_field(column)
    return None if getattr(field, "null", False) else field.get_default() if field.has_default() else ""  # type: ignore[union-attr]


class MemberBody(Body):
    member = serializers.UUIDField()


class BlockRow(serializers.Serializer[Any]):
    member = serializers.UUIDField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class SessionRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    device = serializers.CharField()
    place = serializers.CharField(help_text="Where the sign-in came from, in words; empty when that is not known.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField()
    current = serializers.BooleanField()


class FieldRow(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    groups = serializers.ListField(child=serializers.CharField())


class SkillRow(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
