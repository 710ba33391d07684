"""Two shapes of log lines: JSON for machines, one object a line, and readable text for people."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from ops.context import request_id

STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "taskName", "color_message"}


def extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in STANDARD}


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
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


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
