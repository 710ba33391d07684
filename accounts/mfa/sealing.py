"""Secrets that have to be read again are sealed at rest: a copy of the database alone does not open them."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


def box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac("accounts.mfa.sealing", "", algorithm="sha256").digest()))


def seal(text: str) -> str:
    return box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The text; None when it was sealed under another SECRET_KEY."""
    try:
        return box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
