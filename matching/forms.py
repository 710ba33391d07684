"""The filter form of Discover: every control is a query parameter of the API's filters."""

from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts import labels, languages
from accounts.forms import OptionalChoice, WordsField, country_choices, field_choices, sentences
from matching.ranking.filters import Filters
from matching.serializers import FilterQuery

ANY: tuple[str, Any] = ("", _("Any"))


class Wanted(NamedTuple):
    filters: Filters
    limit: int
    cursor: str | None


class FilterForm(forms.Form):
    def __init__(self, query: QueryDict) -> None:
        super().__init__(query)
        self.query = query

    field = OptionalChoice(label=_("Field"), choices=lazy(lambda: [ANY, *field_choices()[1:]], list))
    remote = OptionalChoice(label=_("Remote"), choices=[ANY, ("true", _("Only remote")), ("false", _("Not only remote"))])
    skills = WordsField(label=_("Skills"))
    skills_mode = OptionalChoice(label=_("Of these skills"), choices=[("", _("Any of them")), ("all", _("All of them"))])
    experience_min = OptionalChoice(label=_("Experience from"), choices=[ANY, *labels.LEVELS])
    experience_max = OptionalChoice(label=_("Experience to"), choices=[ANY, *labels.LEVELS])
    country = OptionalChoice(label=_("Country"), choices=lazy(lambda: [ANY, *country_choices()[1:]], list))
    within_km = OptionalChoice(label=_("Distance"), choices=[ANY, ("25", "25 km"), ("100", "100 km"), ("500", "500 km")])
    language = OptionalChoice(label=_("Language"), choices=lazy(lambda: [ANY, *languages.names().items()], list))
    min_hours = forms.CharField(label=_("Hours a week, at least"), required=False, widget=forms.NumberInput(attrs={"min": 0, "max": 168}))
    min_score = forms.CharField(
        label=_("Score, at least"), required=False, widget=forms.NumberInput(attrs={"min": 0, "max": 100, "step": 1})
    )
    wanted_by_them = forms.BooleanField(label=_("Looks for what I bring"), required=False)
    online = forms.BooleanField(label=_("Online now"), required=False)
    has_photo = forms.BooleanField(label=_("With a photo"), required=False)

    def wanted(self) -> Wanted:
        """What the query asks for, as the API would read it; what it refuses becomes the form's errors and is left out, alone.

        Names that are no filter are left alone: links bring their own (`utm_source`).
        """
        query = QueryDict(mutable=True)
        for name in {*self.fields, "limit", "cursor"} & set(self.query):
            values = [word for raw in self.query.getlist(name) for word in ([raw] if name == "cursor" else raw.split(","))]
            if given := [value.strip() for value in values if value.strip()]:
                query.setlist(name, given)
        judged = FilterQuery(data=query)
        if not judged.is_valid():
            for name, error in judged.errors.items():
                self.errors.pop(name, None)  # one sentence is enough, and the API's tells more
                self.add_error(name if name in self.fields else None, list(sentences(error)))
                query.pop(name, None)
            judged = FilterQuery(data=query)
            judged.is_valid(raise_exception=True)
        return Wanted(judged.filters(), judged.validated_data["limit"], judged.validated_data.get("cursor"))
