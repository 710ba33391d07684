"""`manage.py bench chat`: Alliv's sockets beside python-socketio with its Redis manager, on one machine, in turns.

`chat.py` says what is measured, `stage.py` starts everything, `rival.py` is the other server, `load.py` the process that plays the clients
of both, in the `dialects.py` of each, over the bare sockets of `wire.py`; `people.py` fills the database.
"""

from collections.abc import Iterator

from ops.benching import Figure, Options


def run(options: Options) -> Iterator[Figure]:
    from chat.bench import chat  # needs what only requirements-dev.txt brings

    return chat.run(options)
