"""What curators write."""

from typing import Any

from django import forms

from accounts.models import Member
from matching.curation.cells import Cell, cell
from matching.curation.models import DraftChange
from matching.curation.preview import MOST
from matching.curation.words import checked_merger, checked_renaming
from matching.models import Weights
from ops.errors import Invalid

Table = DraftChange.Table
CELL_TABLES = (Table.SKILL_PAIRS, Table.FIELD_SYNERGIES, Table.BOOSTS, Table.WEIGHTS)
DECIMALS = 4


def read_value(text: str) -> float | None:
    """`.95`, `0,95`, `95` and `95 %` are the same share; nothing is "not listed". Raises Invalid.

    Also for what lies between 1 and 2 without a sign: it may be a share that is a little too large, or a small percentage.
    """
    text = text.strip().replace(",", ".")
    number, is_percent = text.removesuffix("%"), text.endswith("%")
    if not text:
        return None
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if 1 < value < 2 and not is_percent:
        raise Invalid.field("value", f"A share is 1 at most; if you mean {number} %, write the sign.")
    if is_percent or value > 1:
        value /= 100
    if not 0 <= value <= 1:  # also for what is no number
        raise Invalid.field("value", "A value lies between 0 and 1, or between 0 and 100 %.")
    return round(value, DECIMALS)


class ValueField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, max_length=10, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **kwargs
        )

    def clean(self, value: Any) -> float | None:
        try:
            return read_value(super().clean(value))
        except Invalid as refusal:
            raise forms.ValidationError(refusal.detail) from None


class CellForm(forms.Form):
    table = forms.ChoiceField(choices=[(table, table) for table in CELL_TABLES], widget=forms.HiddenInput)
    a = forms.CharField(max_length=50, widget=forms.HiddenInput)
    b = forms.CharField(max_length=50, required=False, widget=forms.HiddenInput)
    value = ValueField(label="Value", help_text="0 to 1, or 0 to 100. Empty: the pair is not listed.")

    @property
    def cell(self) -> Cell:
        return cell(self.cleaned_data["table"], self.cleaned_data["a"], self.cleaned_data["b"])


class WeightsForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for factor in Weights.FACTORS:
            self.fields[factor] = ValueField(label=factor.capitalize())

    def clean(self) -> dict[str, Any]:
        given = [self.cleaned_data.get(factor) for factor in Weights.FACTORS]
        if None in given:
            raise forms.ValidationError("Every factor has a weight; 0 leaves it out.")
        if abs(sum(filter(None, given)) - 1) > 1e-9:
            raise forms.ValidationError(f"The weights must sum to 1, and these sum to {sum(filter(None, given)):g}.")
        return self.cleaned_data


class WordForm(forms.Form):
    table = forms.ChoiceField(
        label="What to do", choices=[(Table.RENAMES, "Rename"), (Table.MERGES, "Merge into")], widget=forms.RadioSelect
    )
    old = forms.CharField(label="Skill", max_length=50, widget=forms.TextInput(attrs={"list": "skills", "autocomplete": "off"}))
    new = forms.CharField(
        label="New name, or the skill that stays", max_length=50, widget=forms.TextInput(attrs={"list": "skills", "autocomplete": "off"})
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if {"table", "old", "new"} <= set(values):
            try:
                (checked_merger if values["table"] == Table.MERGES else checked_renaming)(values["old"], values["new"])
            except Invalid as refusal:
                self.add_error(refusal.errors[0].pointer[1:], refusal.detail)
        return values


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text="Other staff will read it.")


class SheetForm(forms.Form):
    """A file, or the text of one that was looked at."""

    file = forms.FileField(label="File", required=False, widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("file"):
            try:
                values["text"] = values["file"].read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "This is no text in UTF-8.")
        elif not values.get("text"):
            self.add_error("file", "Choose a file.")
        return values


class PreviewForm(forms.Form):
    members = forms.CharField(
        label="Members",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=f"E-mail addresses, at most {MOST}. Empty: a sample.",
    )

    def clean_members(self) -> list[Member]:
        wanted = list(dict.fromkeys(self.cleaned_data["members"].replace(",", " ").lower().split()))
        if len(wanted) > MOST:
            raise forms.ValidationError(f"At most {MOST} members.")
        found = {member.email: member for member in Member.objects.filter(email__in=wanted)}
        if missing := [email for email in wanted if email not in found]:
            raise forms.ValidationError(f"Nobody has the address {', '.join(missing)}.")
        return [found[email] for email in wanted]
