from typing import Any

from rest_framework import serializers

from accounts.privacy.models import Export


class ExportStatus(serializers.Serializer[Any]):
    status = serializers.ChoiceField(Export.Status.choices)


class ExportAnswer(ExportStatus):
    url = serializers.URLField(allow_null=True, help_text="A signed link to a ZIP. It works while the session that asked for it is open.")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until when the link works: ask again for another one.")
