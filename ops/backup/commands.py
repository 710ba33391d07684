"""What the backup commands share: sentences instead of tracebacks, and honest exit codes."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from ops.backup import restore, store
from ops.backup.archive import Damaged
from ops.backup.bucket import Unreachable
from ops.backup.engines import RestoreFailed
from ops.backup.sealing import NoKey
from ops.exits import FAILED, LOCKED, PRECONDITION


@contextmanager
def honest() -> Iterator[None]:
    """Turns what can go wrong into one sentence on stderr and its exit code."""
    try:
        yield
    except store.Locked:
        stop("Another backup run is at work.", LOCKED)
    except (store.NothingThere, restore.NotEmpty, NoKey) as error:
        stop(str(error), PRECONDITION)
    except (Damaged, RestoreFailed, restore.Different, Unreachable) as error:
        stop(str(error), FAILED)
    except sqlite3.Error as error:
        stop(f"SQLite does not cooperate: {error}.", FAILED)
    except psycopg.Error as error:  # its text names host and user
        stop(f"PostgreSQL does not cooperate: {type(error).__name__}.", FAILED)
    except OSError as error:
        stop(f"The disk does not cooperate: {error.strerror or type(error).__name__}.", FAILED)


def stop(sentence: str, code: int) -> None:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)
