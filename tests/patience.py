"""How long may something take? What is promised in seconds is promised by a machine that has time for it."""

import os


def patient(seconds: float) -> float:
    """So many seconds, or as many times more as there are processes that want each core: who is one of four gets a quarter of it."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
