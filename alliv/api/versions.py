"""API versions by header: `X-API-Version`, else the Accept header's parameter, else the default."""

from typing import Any

from django.conf import settings
from django.utils.http import http_date
from rest_framework.request import Request
from rest_framework.utils.mediatypes import _MediaType
from rest_framework.versioning import AcceptHeaderVersioning

from ops.errors import Problem


class UnsupportedVersion(Problem):
    status, code, detail = 406, "unsupported_version", "There is no such version of this API."

    def __init__(self, asked: str, supported: list[str]) -> None:
        super().__init__(f"There is no version {asked[:20]!r} of this API.", supported=supported)


class HeaderVersioning(AcceptHeaderVersioning):
    """Subclasses the built-in class because the schema generator knows no other."""

    def determine_version(self, request: Request, *args: Any, **kwargs: Any) -> str:
        accepted = _MediaType(request.accepted_media_type or "").params.get("version")
        asked = request.headers.get("X-API-Version") or accepted or self.default_version
        version, supported = str(asked).strip().removeprefix("v"), list(self.allowed_versions or [])
        if version not in supported:
            raise UnsupportedVersion(version, supported)
        request._request.api_version = version  # type: ignore[attr-defined]  # for `LastWord`, which sees that one
        return version


def headers(version: str) -> dict[str, str]:
    """Which version answered; and, once it ages, since when (RFC 9745) and until when it answers (RFC 8594)."""
    told = {"X-API-Version": version}
    if dates := settings.API_AGEING.get(version):
        deprecated, sunset = dates
        told |= {"Deprecation": f"@{int(deprecated.timestamp())}", "Sunset": http_date(sunset.timestamp())}
    return told
