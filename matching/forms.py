"""The filter form of Discover: every control is a query parameter of the API's filters."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import OptionalChoice, WordsField, country_choices, field_choices
from accounts.models import ExperienceLevel
from matching.serializers import FilterQuery

ANY: tuple[str, Any] = ("", _("Any"))


class FilterForm(forms.Form):
    field = OptionalChoice(label=_("Field"), choices=lazy(lambda: [ANY, *field_choices()[1:]], list))
    skills = WordsField(label=_("Skills"), picker=True)
    skills_mode = OptionalChoice(label=_("Of these skills"), choices=[("any", _("any")), ("all", _("all"))])
    experience_min = OptionalChoice(label=_("Experience from"), choices=[ANY, *ExperienceLevel.choices])
    experience_max = OptionalChoice(label=_("Experience to"), choices=[ANY, *ExperienceLevel.choices])
    min_hours = forms.CharField(label=_("Hours a week, at least"), required=False, widget=forms.NumberInput(attrs={"min": 0, "max": 168}))
    country = OptionalChoice(label=_("Country"), choices=lazy(lambda: [ANY, *country_choices()[1:]], list))
    within_km = OptionalChoice(label=_("Distance"), choices=[ANY, ("25", "25 km"), ("100", "100 km"), ("500", "500 km")])
    language = forms.CharField(label=_("Language"), required=False, max_length=50)
    min_score = forms.CharField(label=_("Score, at least"), required=False, widget=forms.NumberInput(attrs={"min": 0, "max": 100, "step": 1}))
    remote = OptionalChoice(label=_("Remote"), choices=[ANY, ("true", _("Only remote")), ("false", _("Not only remote"))])
    wanted_by_them = forms.BooleanField(label=_("Looks for what I bring"), required=False)
    online = forms.BooleanField(label=_("Online now"), required=False)
    has_photo = forms.BooleanField(label=_("With a photo"), required=False)

    def query(self) -> FilterQuery:
        """The filters as the API would read them; its errors become the form's."""
        query = QueryDict(mutable=True)
        for name in self.data:
            values = [word for raw in self.data.getlist(name) for word in ([raw] if name == "cursor" else raw.split(","))]
            if wanted := [value.strip() for value in values if value.strip()]:
                query.setlist(name, wanted)
        judged = FilterQuery(data=query)
        if not judged.is_valid():
            for name, error in judged.errors.items():
                self.add_error(name if name in self.fields else None, [str(sentence) for sentence in error])
        return judged
