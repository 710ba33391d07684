"""Old hashes in the form that Django verifies: each names its algorithm first."""

import re

import argon2
from argon2.exceptions import InvalidHashError

from accounts.models import Member

BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
MOST_MEMORY_KIB, MOST_PASSES, MOST_LANES, MOST_ROUNDS = 256 * 1024, 20, 16, 15


class Unusable(Exception):
    """Nobody can sign in with it; the reason is a note of the report. A mail sets a new password."""


def hash_of(old: str) -> str:
    """Raises Unusable for what is no hash we know, and for one that would keep the machine busy at every sign-in."""
    if not old:
        raise Unusable("no_password")
    found = bcrypt_hash(old) if BCRYPT.fullmatch(old) else argon2_hash(old)
    if len(found) > (Member._meta.get_field("password").max_length or 0):
        raise Unusable("unknown_password_hash")
    return found


def bcrypt_hash(old: str) -> str:
    if int(old[4:6]) > MOST_ROUNDS:
        raise Unusable("costly_password_hash")
    return f"bcrypt${old}"


def argon2_hash(old: str) -> str:
    try:
        cost = argon2.extract_parameters(old)
    except (InvalidHashError, ValueError):
        raise Unusable("unknown_password_hash") from None
    if cost.memory_cost > MOST_MEMORY_KIB or cost.time_cost > MOST_PASSES or cost.parallelism > MOST_LANES:
        raise Unusable("costly_password_hash")
    return f"argon2{old}"
