"""Two shapes of log lines: JSON for machines, one object a line, and readable text for people."""

import json
import logging
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ops.context import request_id, trace

STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "taskName", "color_message"}
OWN = {"timestamp", "level", "logger", "exception", "trace_id", "span_id"}


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller added; what would pass for the line's own gets another name."""
    return {f"extra_{name}" if name in OWN else name: value for name, value in record.__dict__.items() if name not in STANDARD}


def plain(value: Any) -> Any:
    """The value as JSON can say it: no NaN, no keys that are no text, nothing it does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JSONLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id() or None,
            **extras(record),
        }
        if part := trace():
            line |= {"trace_id": part.trace_id, "span_id": part.span_id}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(plain(line))


class ReadableLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        more = extras(record)
        if record.name == "alliv.request":
            place = more.get("endpoint") or "(no route)"
            return f"{moment(record)[11:19]} {more['status_code']} {more['method']:<6} {place} {more['duration_ms']} ms"
        line = f"{moment(record)[11:19]} {record.levelname:<7} {record.name}: {record.getMessage()}"
        if more:
            line += " " + " ".join(f"{name}={value}" for name, value in more.items())
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line
