"""The member's authenticator app, as tests hold it."""

import time

from accounts.mfa import totp
from tests.factories import SECRET


def app_code(steps: int = 0, secret: str = SECRET) -> str:
    """The code that the app shows now, or shows some steps of 30 seconds from now."""
    return totp.code_at(secret, totp.step_at(time.time()) + steps)


def wrong_code(secret: str = SECRET) -> str:
    """Six digits that the app shows neither now nor soon."""
    near = {app_code(steps, secret) for steps in range(-3, 4)}
    return next(code for code in (f"{number:06d}" for number in range(10)) if code not in near)
