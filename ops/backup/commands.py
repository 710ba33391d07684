"""What the backup commands share: sentences instead of tracebacks, and honest exit codes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ops.backup import restore, store
from ops.backup.archive import Damaged
from ops.backup.engines import RestoreFailed
from ops.exits import FAILED, LOCKED, PRECONDITION


@contextmanager
def honest() -> Iterator[None]:
    """Turns what can go wrong into one sentence on stderr and its exit code."""
    try:
        yield
    except store.Locked:
        stop("Another backup run is at work.", LOCKED)
    except (store.NothingThere, restore.NotEmpty) as error:
        stop(str(error), PRECONDITION)
    except (Damaged, RestoreFailed, restore.Different) as error:
        stop(str(error), FAILED)
    except OSError as error:
        stop(f"The disk does not cooperate: {error.strerror}.", FAILED)


def stop(sentence: str, code: int) -> None:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)
