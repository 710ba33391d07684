"""Single values as the old system wrote them: one kind of thing in several shapes. None is returned for what is none of them.

Names of fields are folded before anything looks at them: `user_id`, `userId` and `UserID` are all `userid`; `_id` stays.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from bson.binary import Binary
from bson.objectid import ObjectId
from django.utils.dateparse import parse_datetime

MAX_KEY = 100
MILLISECONDS_FROM = 1e11  # as seconds that would be the year 5138
TRUE_WORDS, FALSE_WORDS = {"true", "yes", "1", "y"}, {"false", "no", "0", "n"}
HIDDEN_IDS = ("_id", "$oid", "id", "userid", "uuid")


def fold(name: str) -> str:
    return name if name == "_id" else re.sub(r"[\W_]", "", name).lower()


def folded(document: Mapping[str, Any]) -> dict[str, Any]:
    """With folded names. Of several that become one, the first that says something counts."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if found.get(fold(str(name))) in (None, ""):
            found[fold(str(name))] = value
    return found


def pick(fields: Mapping[str, Any], *names: str) -> Any:
    """The first of these fields that says something."""
    return next((fields[name] for name in names if fields.get(name) not in (None, "", [])), None)


def identifier(value: Any) -> str | None:
    """An id as text, the same for an ObjectId, its 24 digits, and a document that holds it."""
    if isinstance(value, Mapping):
        return next((identifier(inner) for name, inner in value.items() if str(name).lower() in HIDDEN_IDS), None)
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, bytes):
        return uuid_text(value.hex()) if isinstance(value, Binary) and value.subtype in (3, 4) else None
    if isinstance(value, UUID | int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return uuid_text(value.strip()) if isinstance(value, str) and value.strip() else None


def uuid_text(text: str) -> str:
    """UUIDs and ObjectIds in their usual spelling; other texts as they are, and long ones as a digest."""
    if re.fullmatch(r"[0-9a-fA-F]{24}", text):
        return text.lower()
    if re.fullmatch(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", text):
        return str(UUID(text))
    text = text.replace("\x00", "")
    return text if len(text) <= MAX_KEY else hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def moment(value: Any) -> datetime | None:
    """A time from a date, ISO 8601, or seconds or milliseconds since 1970. Times without a zone are UTC, as MongoDB's are."""
    if isinstance(value, Mapping):
        return moment(pick(value, "$date", "$numberLong"))
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return from_epoch(float(value))
    if not isinstance(value, str):
        return None
    text = value.strip()
    if re.fullmatch(r"\d{9,14}(\.\d+)?", text):
        return from_epoch(float(text))
    try:
        found = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
    except ValueError:
        return None
    return moment(found)


def from_epoch(number: float) -> datetime | None:
    if not math.isfinite(number) or number <= 0:
        return None
    try:
        return datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS_FROM else number, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def day(value: Any) -> date | None:
    """A date of birth. A bare number could be anything, an age too, and is none."""
    found = moment(value) if isinstance(value, str | datetime | Mapping) else None
    return found.date() if found else None


def flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


def text(value: Any) -> str | None:
    """Without the ends' spaces and the characters that no database keeps as text."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return clean(value).strip() if isinstance(value, str) else None


def clean(text: str) -> str:
    return text.replace("\x00", "").encode(errors="ignore").decode()


def number(value: Any) -> float | None:
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def texts(value: Any) -> list[str]:
    """A list of texts, or of documents with a name; a text is a list with commas."""
    if isinstance(value, Mapping):
        value = [inner for inner in value.values() if isinstance(inner, str)]
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return []
    found = [pick(folded(item), "name", "label", "title", "value", "url") if isinstance(item, Mapping) else item for item in value]
    return [words for item in found if (words := text(item))]
