"""What operators may want to watch of the chat, with labels that cannot grow."""

from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("alliv_chat_sockets", "Sockets that are open.", multiprocess_mode="livesum")
CLOSED = Counter("alliv_chat_sockets_closed_total", "Sockets that this process closed, by code.", ["code"])
CHANGES = Counter("alliv_chat_changes_total", "Changes the writer answered, by kind and outcome.", ["kind", "outcome"])
GROUP_SIZE = Histogram("alliv_chat_group_size", "Changes stored in one transaction.", buckets=[1, 2, 4, 8, 16, 32, 64, 128, 256])
COMMIT_SECONDS = Histogram("alliv_chat_commit_seconds", "Time a group took from its first query to its commit.")
WAITING = Gauge("alliv_chat_waiting", "Changes that wait for the writer.", multiprocess_mode="livesum")
HOLES = Counter("alliv_chat_holes_total", "Holes and lost tails that the hub filled from the log.")
LOG_UP = Gauge("alliv_chat_log_up", "Whether MongoDB, where the log is kept there, answered this process when it was last asked.")
LOG_UP.set(1)
