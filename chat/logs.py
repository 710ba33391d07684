"""Keeps tickets, and what else clients put into addresses, out of logs: the server writes the address of every socket it accepts."""

import logging
import re

QUERY = re.compile(r"\?.*", re.DOTALL)


class HideQueries(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(QUERY.sub("?…", value) if isinstance(value, str) else value for value in record.args)
        return True


def hide_queries() -> None:
    logging.getLogger("uvicorn.error").addFilter(HideQueries())
