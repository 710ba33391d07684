"""Exits 0 when the worker of this host has given a sign of life to Redis, else 1: the health check of worker containers.

python scripts/worker_healthy.py
"""

import os
import socket
import sys

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker

try:
    # What a worker says of itself expires in Redis when it stops saying it.
    workers = Worker.all(connection=Redis.from_url(os.environ["REDIS_URL"], socket_timeout=3))
except RedisError as error:
    sys.exit(f"Redis does not answer: {type(error).__name__}.")
sys.exit(0 if any(worker.hostname == socket.gethostname() for worker in workers) else "No worker of this host is known to Redis.")
