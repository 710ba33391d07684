"""Mail of the embedded default: shown on the console and kept as `.eml` files that `/dev/mail` reads."""

import sys
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMail
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from ops.ids import uuid7


def folder() -> Path:
    path = Path(settings.VAR_DIR) / "mail"
    path.mkdir(parents=True, exist_ok=True)
    return path


class DevMailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            (folder() / f"{uuid7()}.eml").write_bytes(message.message().as_bytes())
            sys.stderr.write(f"\n--- mail to {', '.join(message.to)}: {message.subject}\n{message.body}---\n")
        return len(email_messages)


def names() -> list[str]:
    """The kept mails' names, newest first."""
    return sorted((path.stem for path in folder().glob("*.eml")), reverse=True)


def read(name: str) -> ParsedMail:
    """One kept mail. Raises KeyError for a name that `names` does not list."""
    if name not in names():
        raise KeyError(name)
    return message_from_bytes((folder() / f"{name}.eml").read_bytes(), policy=policy.default)


def forget(address: str) -> None:
    """Deletes the kept mails to an address."""
    for name in names():
        if read(name)["To"] == address:
            (folder() / f"{name}.eml").unlink(missing_ok=True)
