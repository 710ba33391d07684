"""The forms of the pages. Their rules are the API's: a form turns what a browser sends into the API's body and lets that judge."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts import countries, labels, languages, serializers
from accounts.mfa.serializers import CodeOnlyBody, PasskeyBody, SwitchOffBody
from accounts.models import Profile
from accounts.vocabulary.selectors import vocabulary
from ops.serializers import Body

Choices = list[tuple[str, Any]]
NOTHING: tuple[str, Any] = ("", _("Not said"))


class BodyForm(forms.Form):
    """A form that is judged by `body`; `accepted` gives what it took."""

    body: ClassVar[type[Body]]

    def to_body(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name in self.fields}

    def clean(self) -> dict[str, Any]:
        self.judged = self.body(data=self.to_body())
        if not self.judged.is_valid():
            for name, error in self.judged.errors.items():
                if name not in self.errors:  # what the form refused itself has its sentence
                    self.add_error(name if name in self.fields else None, list(sentences(error)))
        return self.cleaned_data

    def accepted(self) -> dict[str, Any]:
        return dict(self.judged.validated_data)


def sentences(error: Any) -> Iterator[str]:
    """The sentences in whatever shape the body's errors are nested."""
    if isinstance(error, dict):
        error = list(error.values())
    if isinstance(error, list):
        for inner in error:
            yield from sentences(inner)
    else:
        yield str(error)


class WordsField(forms.CharField):
    """A list of short texts as one line with commas; `picker.js` makes more of it, with `suggested` words or those of the vocabulary."""

    def __init__(self, *, suggested: Callable[[], Iterable[str]] | None = None, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)
        self.suggested = suggested

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [word.strip() for word in (value or "").split(",") if word.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])


class NamedField(WordsField):
    """A list that is kept as codes and shown and written as names."""

    def __init__(self, *, names: Callable[[], dict[str, str]], codes: Callable[[Iterable[str]], list[str]], **kwargs: Any) -> None:
        super().__init__(suggested=lambda: names().values(), **kwargs)
        self.names, self.codes = names, codes

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value([self.names().get(word, word) for word in value] if isinstance(value, list) else value)

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return self.codes(super().to_python(value))


LanguagesField = partial(NamedField, names=languages.names, codes=languages.codes)
CountriesField = partial(NamedField, names=countries.names, codes=countries.codes)


class LinesField(WordsField):
    """A list as one line each."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return (value or "").split()


def field_choices() -> Choices:
    return [NOTHING, *((entry.name, entry.name) for entry in sorted(vocabulary().fields.values(), key=lambda entry: entry.name))]


def country_choices() -> Choices:
    return [NOTHING, *countries.names().items()]


def zone_choices() -> Choices:
    return [
        NOTHING,
        *((name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name and not name.startswith("Etc/")),
    ]


OptionalChoice = partial(forms.ChoiceField, required=False)


class SignupForm(BodyForm):
    body = serializers.RegisterBody

    name = forms.CharField(label=_("Your name"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.CharField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label=_("Password"), strip=False, help_text=_("Eight characters or more. A sentence only you would say is best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    birthdate = forms.CharField(
        label=_("Date of birth"), help_text=_("Alliv is for people of 18 and older. Nobody else sees this."),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )  # fmt: skip


class SocialSignupForm(BodyForm):
    body = serializers.SocialSignupBody

    name = SignupForm.base_fields["name"]
    birthdate = SignupForm.base_fields["birthdate"]


class LoginForm(BodyForm):
    body = serializers.LoginBody

    email = forms.CharField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class OtpForm(forms.Form):
    otp = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("Six digits from your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )  # fmt: skip


class VerifyForm(BodyForm):
    body = serializers.CodeBody

    email = forms.CharField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    code = forms.CharField(
        label=_("Six-digit code"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 10}),
    )  # fmt: skip


class EmailForm(BodyForm):
    body = serializers.EmailBody

    email = forms.CharField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class ResetForm(VerifyForm):
    body = serializers.ResetBody

    code = forms.CharField(
        label=_("Six-digit code"), help_text=_("It is in the mail we sent you and works for ten minutes."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 10}),
    )  # fmt: skip
    password = forms.CharField(label=_("New password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))


class ChangePasswordForm(BodyForm):
    body = serializers.ChangePasswordBody

    old = forms.CharField(label=_("Current password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    new = forms.CharField(label=_("New password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))


class PasswordForm(BodyForm):
    body = serializers.PasswordBody

    password = forms.CharField(
        label=_("Your password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class CodeForm(BodyForm):
    body = CodeOnlyBody

    code = forms.CharField(
        label=_("Code from your app"), widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"})
    )


class SwitchOffForm(PasswordForm):
    body = SwitchOffBody

    code = forms.CharField(
        label=_("Code from your app or a recovery code"), widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )


class PasskeyForm(PasswordForm):
    """`passkey.js` sends name and password first, and the whole with what the device said."""

    body = PasskeyBody

    name = forms.CharField(label=_("A name for it"), help_text=_("Such as the device it is kept on."))
    credential = forms.CharField(required=False, widget=forms.HiddenInput())
    field_order = ["name", "password"]


class PhotoForm(forms.Form):
    file = forms.FileField(label=_("Photo"), required=False, widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}))
    alt = forms.CharField(
        label=_("What it shows"), required=False, max_length=200, help_text=_("For people who cannot see it: a few words are enough.")
    )


class NewPhotoForm(PhotoForm):
    """Where nothing else than a photo can be given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = True


class ProfilePart(BodyForm):
    """Some fields of the profile; saving leaves the others as they are."""

    body = serializers.ProfileBody

    @classmethod
    def showing(cls, profile: Profile) -> "ProfilePart":
        values = {name: getattr(profile, name) for name in cls.base_fields if hasattr(profile, name)}
        return cls(initial={**values, "field": profile.field.name if profile.field else ""}).fitting(profile)

    def fitting(self, profile: Profile) -> "ProfilePart":
        """Without what this member is not asked."""
        return self

    def to_body(self) -> dict[str, Any]:
        """What is empty is cleared."""
        return {name: None if value in ("", None) else value for name, value in super().to_body().items()}

    def changes(self) -> dict[str, Any]:
        assert isinstance(self.judged, serializers.ProfileBody)
        return self.judged.changes()


class AboutForm(ProfilePart):
    """What the ranking needs most comes first."""

    field = OptionalChoice(label=_("Field"), choices=lazy(field_choices, list))
    skills = WordsField(label=_("What you bring"), help_text=_("Your skills, with commas between: three or more say most."))
    wanted_skills = WordsField(label=_("What you look for"), help_text=_("Skills you hope to find in others."))
    role = forms.CharField(label=_("Role"), required=False, max_length=100, help_text=_("What others would call you at work."))
    experience_level = OptionalChoice(label=_("Experience"), choices=[NOTHING, *labels.LEVELS])
    headline = forms.CharField(label=_("Headline"), required=False, max_length=120, help_text=_("One line that says what you do."))
    bio = forms.CharField(
        label=_("About you"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What you have done and what you want to make. This is what the text part of the score reads."),
    )  # fmt: skip


class PlaceForm(ProfilePart):
    hours_per_week = forms.CharField(
        label=_("Hours a week"), required=False, help_text=_("How many you have for something new."),
        widget=forms.NumberInput(attrs={"min": 0, "max": 168, "inputmode": "numeric"}),
    )  # fmt: skip
    country = OptionalChoice(label=_("Country"), choices=lazy(country_choices, list))
    city = forms.CharField(label=_("City"), required=False, max_length=80)
    timezone = OptionalChoice(label=_("Time zone"), choices=lazy(zone_choices, list))
    remote_only = forms.BooleanField(label=_("Only remote"), required=False)
    languages = LanguagesField(label=_("Languages"), help_text=_("Those you can work in, with commas between."))
    values = WordsField(
        label=_("Values"), help_text=_("What matters to you in work, with commas between."), suggested=lambda: labels.VALUES
    )
    work_styles = WordsField(
        label=_("Ways of working"), help_text=_("How you like to work, with commas between."), suggested=lambda: labels.WORK_STYLES
    )


class ProfileForm(AboutForm, PlaceForm):
    """`birthdate` is asked for only of members who came over without one."""

    name = forms.CharField(label=_("Name"), max_length=80)
    birthdate = forms.CharField(
        label=_("Date of birth"), required=False, help_text=_("Others see you when you have said it. It cannot be changed afterwards."),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )  # fmt: skip
    interests = WordsField(label=_("Interests"), help_text=_("What you like besides work, with commas between."))
    links = LinesField(label=_("Links"), help_text=_("One a line, starting with https://."))
    visibility = OptionalChoice(label=_("Who sees you"), choices=labels.VISIBILITIES)

    field_order = ("name", "birthdate", "headline", "bio", "field", "role", "experience_level", "skills", "wanted_skills")

    def fitting(self, profile: Profile) -> ProfilePart:
        if profile.member.birthdate is not None:
            del self.fields["birthdate"]
        return self

    def to_body(self) -> dict[str, Any]:
        return {name: value for name, value in super().to_body().items() if name != "birthdate" or value}


class PrivacyForm(ProfilePart):
    visibility = OptionalChoice(label=_("Who sees you"), choices=labels.VISIBILITIES)
    show_presence = forms.BooleanField(
        label=_("Show when I am here"), required=False,
        help_text=_("Others see that you are online, and when you were here last. If you hide it, you do not see it of others either."),
    )  # fmt: skip
    match_mails = forms.BooleanField(
        label=_("Mail me about new matches"), required=False, help_text=_("One mail for each match that is made while you are away."),
    )  # fmt: skip


class MustHavesForm(BodyForm):
    """The must-haves are one nested field of the profile."""

    body = serializers.MustHavesBody

    countries = CountriesField(label=_("Countries"), help_text=_("One of these, with commas between."))
    remote = OptionalChoice(label=_("Remote"), choices=[("", _("Any")), ("true", _("Only remote")), ("false", _("Not only remote"))])
    experience_min = OptionalChoice(label=_("Experience from"), choices=[("", _("Any")), *labels.LEVELS])
    experience_max = OptionalChoice(label=_("Experience to"), choices=[("", _("Any")), *labels.LEVELS])
    min_hours = forms.CharField(label=_("Hours a week, at least"), required=False, widget=forms.NumberInput(attrs={"min": 0, "max": 168}))
    languages = LanguagesField(label=_("Languages"), help_text=_("One of these, with commas between."))

    def to_body(self) -> dict[str, Any]:
        return {name: value for name, value in super().to_body().items() if value not in ("", [], None)}
