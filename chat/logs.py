"""Keeps tickets out of logs: the server writes the address of every socket it accepts."""

import logging
import re

TICKET = re.compile(r"(ticket=)[^&\s\"]+")


class HideTickets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(TICKET.sub(r"\1…", value) if isinstance(value, str) else value for value in record.args)
        return True


def hide_tickets() -> None:
    logging.getLogger("uvicorn.error").addFilter(HideTickets())
