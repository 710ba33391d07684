"""The base of every body Alliv reads: unknown fields are refused, so that a typing error never passes for success."""

import math
import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class Body(serializers.Serializer[Any]):
    default_error_messages = {"unknown_field": _("There is no such field.")}

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**self.refusals(unknown), **dict(error.detail)}) from None  # type: ignore[arg-type]
        if unknown:
            raise serializers.ValidationError(self.refusals(unknown))
        return values

    def refusals(self, names: set[str]) -> dict[str, list[serializers.ErrorDetail]]:
        message = str(self.error_messages["unknown_field"])
        return {str(name): [serializers.ErrorDetail(message, code="unknown_field")] for name in sorted(names, key=str)}


class Query(Body):
    """Query parameters: what is unknown is refused as in bodies, lists repeat the name, of others the last counts."""

    default_error_messages = {"unknown_field": _("There is no such parameter.")}

    def to_internal_value(self, data: QueryDict) -> Any:
        # As a plain dict, because DRF takes a checkbox that a form left out for an unticked one.
        lists = {name for name, field in self.fields.items() if isinstance(field, serializers.ListField)}
        return super().to_internal_value({name: data.getlist(name) if name in lists else data[name] for name in data})


# What Python reads as a number and people do not: `1_0`, ` 10 `, `1e1` and digits of other scripts are none.
DIGITS = re.compile(r"-?[0-9]+")
DECIMAL = re.compile(r"-?[0-9]*\.?[0-9]+")


class WholeNumber(serializers.IntegerField):
    """A whole number, also as text of plain digits."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or (isinstance(data, str) and not DIGITS.fullmatch(data)):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class FiniteFloat(serializers.FloatField):
    """A number, also as text of plain digits; "nan" and "inf", which compare with nothing, are refused."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or (isinstance(data, str) and not DECIMAL.fullmatch(data)):
            self.fail("invalid")
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


def page_of(row: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """For the schema: a page of such rows, where a view makes its pages itself."""
    base = row.__name__
    shape = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row(many=True),
    }
    return type(f"{base}Page", (serializers.Serializer,), shape)
