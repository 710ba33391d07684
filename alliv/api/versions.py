"""API versions by header: `X-API-Version`, else the Accept header's parameter, else the default."""

from typing import Any

from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.utils.mediatypes import _MediaType
from rest_framework.versioning import AcceptHeaderVersioning


class UnsupportedVersion(exceptions.APIException):
    status_code = status.HTTP_406_NOT_ACCEPTABLE
    default_code = "not_acceptable"

    def __init__(self, asked: str, supported: list[str]) -> None:
        super().__init__(f"There is no version {asked[:20]!r} of this API.", code="unsupported_version")
        self.extra = {"supported": supported}


class HeaderVersioning(AcceptHeaderVersioning):
    """Subclasses the built-in class because the schema generator knows no other."""

    def determine_version(self, request: Request, *args: Any, **kwargs: Any) -> str:
        accepted = _MediaType(request.accepted_media_type or "").params.get("version")
        asked = request.headers.get("X-API-Version") or accepted or self.default_version
        version, supported = str(asked).strip().removeprefix("v"), list(self.allowed_versions or [])
        if version not in supported:
            raise UnsupportedVersion(version, supported)
        return version
