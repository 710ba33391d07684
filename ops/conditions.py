"""Conditions of requests: the versions that ETag and If-Match name."""

from django.utils.http import parse_etags
from rest_framework.request import Request

from ops.errors import PreconditionFailed

MAX_VERSION_DIGITS = 18  # Python refuses to read numbers of thousands of digits


def etag(version: int) -> str:
    return f'"{version}"'


def named_tags(header: str) -> list[str]:
    """The tags of a condition as we gave them out: compressing an answer has made them weak."""
    return [tag.removeprefix("W/") for tag in parse_etags(header)]


def expected_version(request: Request) -> int | None:
    """The version that If-Match names; None without the header. Raises PreconditionFailed for what is no version."""
    header = request.headers.get("If-Match")
    if not header or header.strip() == "*":
        return None
    versions = [tag.strip('"') for tag in named_tags(header)]
    if len(versions) != 1 or not (versions[0].isascii() and versions[0].isdecimal()) or len(versions[0]) > MAX_VERSION_DIGITS:
        raise PreconditionFailed
    return int(versions[0])
