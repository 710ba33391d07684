"""The base of every body Alliv reads: unknown fields are refused, so that a typing error never passes for success."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class Body(serializers.Serializer[Any]):
    default_error_messages = {"unknown_field": _("There is no such field.")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            self.refuse_unknown(set(data) - set(self.fields))
        return super().to_internal_value(data)

    def refuse_unknown(self, names: set[str]) -> None:
        if names:
            message = self.error_messages["unknown_field"]
            raise serializers.ValidationError({str(name): serializers.ErrorDetail(message, code="unknown_field") for name in sorted(names, key=str)})


class Query(Body):
    """Query parameters: what is unknown is refused as in bodies."""

    def to_internal_value(self, data: Any) -> Any:
        self.refuse_unknown(set(data) - set(self.fields))
        return serializers.Serializer.to_internal_value(self, data)
