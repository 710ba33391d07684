"""Time-based codes (RFC 6238): six digits, 30 seconds, SHA-1, which is what every authenticator app speaks. Knows no ORM."""

import hmac

import pyotp
import segno

STEP_SECONDS = 30
# A clock may be one step behind or ahead.
TOLERANCE = 1
ISSUER = "Alliv"


def new_secret() -> str:
    """160 random bits, in base32."""
    return pyotp.random_base32(32)


def step_at(timestamp: float) -> int:
    return int(timestamp) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    return pyotp.TOTP(secret).generate_otp(step)


def matching_step(secret: str, code: str, timestamp: float) -> int | None:
    """The time step whose code this is; None for a wrong, old or early one."""
    now = step_at(timestamp)
    steps = range(now - TOLERANCE, now + TOLERANCE + 1)
    return next((step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), code.encode())), None)


def address(secret: str, email: str) -> str:
    """The `otpauth://` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def qr_code(text: str) -> str:
    """An SVG as a `data:` address. Dark on white whatever the theme: cameras want it so."""
    return segno.make_qr(text, error="m").svg_data_uri(scale=4, dark="#000", light="#fff", omitsize=False)
