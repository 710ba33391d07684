"""Is mail sent when the server was away, and is it the same mail? No mail leaves: servers are stood in for, rows are rolled back."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.test.utils import override_settings

from ops import outbox
from ops.drilling import Trial, drill, raised, undone
from ops.models import Mail

sent: list[str] = []


class Away(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("as rehearsed")


class Takes(BaseEmailBackend):
    """Takes a mail and remembers its name."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent.extend(str(mail.extra_headers["Message-ID"]) for mail in email_messages)
        return len(email_messages)


class TakesAndDies(Takes):
    """Takes it and is gone before it says so."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        super().send_messages(email_messages)
        raise ConnectionResetError("as rehearsed")


@drill("mail")
def trials() -> Iterator[Trial]:
    sent.clear()
    with undone():
        mail = outbox.post("verify", to="drill@alliv.invalid", context={"code": "000000"})
        yield Trial("a server that is away keeps it waiting", ("NotYet", "waiting"), (tried(mail, Away), status(mail)))
        yield Trial("one that dies on it keeps it waiting", ("NotYet", "waiting"), (tried(mail, TakesAndDies), status(mail)))
        yield Trial("one that is back takes it", ("nothing", "sent"), (tried(mail, Takes), status(mail)))
        yield Trial("what came twice was one mail", [mail.message_id] * 2, sent)
        yield Trial("it is not sent again", ("nothing", 2), (tried(mail, Takes), len(sent)))
        mail.refresh_from_db()
        yield Trial("its text, which held a code, is forgotten", ("", ""), (mail.text, mail.html))
    yield Trial("nothing of it stays", 0, Mail.objects.filter(to="drill@alliv.invalid").count())


def tried(mail: Mail, backend: type[Any]) -> str:
    with override_settings(EMAIL_BACKEND=f"{__name__}.{backend.__name__}"):
        return raised(lambda: outbox.send(str(mail.pk)))


def status(mail: Mail) -> str:
    return Mail.objects.values_list("status", flat=True).get(pk=mail.pk)
