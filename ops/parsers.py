"""Reading bodies: JSON that is refused in words instead of breaking what reads it."""

import codecs
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils import json

from ops.errors import TooLarge


class StrictJSONParser(JSONParser):
    """JSON is UTF-8, whatever charset the header names: some of Python's codecs are no text encodings at all."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body: bytes = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"A body can have up to {limit // 1024} KB.")
        try:
            data = json.loads(body.removeprefix(codecs.BOM_UTF8).decode())
            if rb"\u" in body:
                json.dumps(data, ensure_ascii=False).encode()  # half a character is no text, and cannot be stored or answered
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError:  # also an integer of more digits than Python converts, and bytes that are no UTF-8
            raise ParseError("The JSON cannot be read.") from None
        return data
