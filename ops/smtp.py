"""SMTP that tells when the server is about to have all of a mail: from then on, only its answer tells whether it has."""

import smtplib
from collections.abc import Callable
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

END = b"\r\n.\r\n"


class Telling(smtplib.SMTP):
    tell: Callable[[], None]

    def send(self, s: Any) -> None:
        if isinstance(s, bytes) and s.endswith(END):
            self.tell()
        super().send(s)


class TellingBackend(EmailBackend):
    def __init__(self, *args: Any, on_handing_over: Callable[[], None] = lambda: None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_handing_over = on_handing_over

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return type("TellingSMTP", (Telling, super().connection_class), {"tell": staticmethod(self.on_handing_over)})
