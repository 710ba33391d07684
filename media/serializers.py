"""The bodies of the photo API."""

from typing import Any

from rest_framework import serializers

from media.images import MAX_BYTES
from media.uploads import KINDS
from ops.serializers import Body, WholeNumber


class PhotoBody(Body):
    file = serializers.FileField()
    alt = serializers.CharField(max_length=200, required=False, allow_blank=True)


class PhotoChange(Body):
    position = WholeNumber(min_value=0, max_value=5, required=False)
    alt = serializers.CharField(max_length=200, allow_blank=True, required=False)


class UploadBody(Body):
    content_type = serializers.ChoiceField(list(KINDS))
    size = WholeNumber(min_value=1, max_value=MAX_BYTES)
    alt = serializers.CharField(max_length=200, required=False, allow_blank=True)


class UploadPlace(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    method = serializers.CharField()
    url = serializers.URLField()
    headers = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class PhotoRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    position = serializers.IntegerField()
    status = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    thumbhash = serializers.CharField()
    urls = serializers.DictField(child=serializers.CharField())
    jpeg_urls = serializers.DictField(child=serializers.CharField(), help_text="The same for what cannot show WebP.")
    alt = serializers.CharField()
