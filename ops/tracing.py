"""W3C Trace Context: a trace that somebody else began is continued, in answers, log lines and jobs; none is begun here."""

import re
import secrets
from dataclasses import dataclass

HEADER = "traceparent"
FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
VERSION = "00"


@dataclass(frozen=True)
class Trace:
    """Our part of a trace: what we do has a span of its own."""

    trace_id: str
    span_id: str
    flags: str

    def __str__(self) -> str:
        return f"{VERSION}-{self.trace_id}-{self.span_id}-{self.flags}"


def continued(traceparent: str | None) -> Trace | None:
    """A new span of the trace that the header names; None for no header and for one that is not well formed."""
    found = FORM.fullmatch(traceparent or "")
    if found is None or (found[4] and found[0].startswith(VERSION)):
        return None
    return Trace(found[1], secrets.token_hex(8), found[3])
