"""Typed readers of the environment: each returns a value of one type or refuses with the setting's name."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    word = text(name).lower()
    if not word:
        return default
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise refused(name, word, "1 or 0")


def number(name: str, default: int, *, minimum: int, maximum: int) -> int:
    word = text(name, str(default))
    try:
        value = int(word)
    except ValueError:
        raise refused(name, word, "a whole number") from None
    if not minimum <= value <= maximum:
        raise refused(name, word, f"between {minimum} and {maximum}")
    return value


def choice(name: str, default: str, options: Iterable[str]) -> str:
    known = sorted(options)
    word = text(name, default)
    if word not in known:
        raise refused(name, word, "one of " + ", ".join(known))
    return word


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, without empty entries."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def some_of(name: str, default: str, options: Iterable[str]) -> list[str]:
    """A list of which every word is one of these."""
    known = sorted(options)
    given = words(name, default)
    if strange := sorted(set(given) - set(known)):
        raise refused(name, ", ".join(strange), "among " + ", ".join(known))
    return given


def not_yet(name: str, instead: str) -> None:
    """Refuses a setting whose feature is not built: whoever sets it relies on it."""
    if text(name):
        raise ImproperlyConfigured(f"{name} is set, and nothing reads it yet: {instead} Leave it empty.")


def url(name: str, default: str = "", *, schemes: Iterable[str]) -> str:
    value = text(name, default)
    allowed = sorted(schemes)
    if value and (scheme := address(name, value).scheme) not in allowed:
        raise refused(name, scheme or "no scheme", "an address that starts with " + ", ".join(allowed))
    return value


def urls(name: str, *, schemes: Iterable[str]) -> list[str]:
    """Addresses with commas between."""
    allowed = sorted(schemes)
    for value in words(name):
        if (scheme := address(name, value).scheme) not in allowed:
            raise refused(name, scheme or "no scheme", "addresses that start with " + ", ".join(allowed))
    return words(name)


def folder_or_bucket(name: str, default: str, *, other_than: str) -> str:
    """A folder's path or `s3://bucket/prefix`, in a bucket of its own: a copy beside the original is lost with it."""
    value = text(name, default)
    if "://" in value:
        parts = address(name, value)
        if parts.scheme != "s3" or not parts.netloc or parts.netloc == other_than:
            raise refused(name, value, "a folder or like s3://bucket/prefix, and another bucket than that of the photos")
    return value


def age_recipient(name: str) -> str:
    """A public key of age, or nothing."""
    value = text(name)
    if value:
        from pyrage import RecipientError, x25519  # needed by nobody else here

        try:
            x25519.Recipient.from_str(value)
        except RecipientError:
            raise refused(name, value, "an age recipient, like age1… from age-keygen") from None
    return value


def address(name: str, value: str) -> SplitResult:
    """The parts of an address, which is never shown: it may hold a password."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # read here because it is looked at no sooner
    except ValueError:
        raise ImproperlyConfigured(f"{name} is broken; it must be a whole address with a port from 1 to 65535, or none.") from None
    return parts


def refused(name: str, value: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} is {value!r}; it must be {expected}.")


@dataclass(frozen=True)
class Smtp:
    """A mail server as one address: `smtp://`, `smtp+tls://` (STARTTLS) or `smtps://` (TLS from the first byte)."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    ssl: bool


def smtp(name: str, default: str = "") -> Smtp:
    parts = address(name, text(name, default))
    if not parts.hostname:
        raise refused(name, "without a host", "like smtp+tls://user:password@mail.example.org:587")
    scheme = parts.scheme
    port = parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[scheme]
    return Smtp(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), scheme == "smtp+tls", scheme == "smtps")
