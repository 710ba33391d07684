"""The bodies of reports."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.moderation.models import Report
from ops.serializers import Body

MAX_CONTEXT = 2000


class ReportBody(Body):
    subject = serializers.UUIDField()
    reason = serializers.ChoiceField(Report.Reason.choices)
    details = serializers.CharField(min_length=20, max_length=1000)
    context = serializers.JSONField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="Where it happened, in the client's own words or shape."
    )

    def validate_context(self, context: Any) -> Any:
        try:
            text = json.dumps(context, allow_nan=False)
        except ValueError:  # a number such as 1e999
            raise serializers.ValidationError(_("A number here is too large."), code="invalid") from None
        if len(text) > MAX_CONTEXT:
            raise serializers.ValidationError(_("This is longer than 2,000 characters of JSON."), code="max_length")
        if "\\u0000" in text:
            raise serializers.ValidationError(_("Null characters are not allowed."), code="null_characters_not_allowed")
        return context


class ReportRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    subject = serializers.UUIDField(source="subject_id")
    reason = serializers.CharField()
    details = serializers.CharField()
    context = serializers.JSONField(allow_null=True)  # type: ignore[assignment]
    status = serializers.CharField()
    created_at = serializers.DateTimeField()
