"""Getting over a database that was restarted.

The pool hands out what lies in it, and after a restart all of that is dead: without help as many callers fail as connections lay there.
"""

from django.db import InterfaceError, OperationalError, connection

LOST = (InterfaceError, OperationalError)


def renew() -> None:
    """Lets go of this thread's connection, and of those in the pool whose server has gone; the pool replaces them. Never raises `LOST`."""
    connection.close()
    pool = getattr(connection, "pool", None)
    if pool is not None and not pool.closed:
        pool.check()
