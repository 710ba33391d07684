"""Mail that is not lost: a row written with its cause, sent by a job that carries only the row's id."""

import logging
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from ops import devmail, jobs
from ops.context import request_id
from ops.models import Job, Mail

SEND = "ops.outbox.send"
MAIL_DOMAIN = "mail.alliv.test"
log = logging.getLogger("alliv.mail")


def post(purpose: str, *, to: str, context: dict[str, Any]) -> Mail:
    """Writes the mail `templates/emails/<purpose>.{txt,html}`; the text's first line is the subject."""
    values = {"public_url": settings.PUBLIC_URL, **context}
    subject, _, text = render_to_string(f"emails/{purpose}.txt", values).strip().partition("\n")
    mail = Mail.objects.create(
        purpose=purpose,
        to=to,
        subject=subject.strip(),
        text=text.strip() + "\n",
        html=render_to_string(f"emails/{purpose}.html", values),
        message_id=make_msgid(domain=MAIL_DOMAIN),
        request_id=request_id(),
    )
    jobs.promise(SEND, str(mail.id), queue="emails")
    return mail


def send(mail_id: str) -> None:
    """Sends one waiting mail. Killed between sending and noting it, the same mail goes out once more, same Message-ID."""
    mail = Mail.objects.filter(id=mail_id, status=Mail.Status.WAITING).first()
    if mail is None:
        return
    Mail.objects.filter(id=mail_id).update(attempts=F("attempts") + 1)
    message = EmailMultiAlternatives(
        mail.subject, mail.text, to=[mail.to], headers={"Message-ID": mail.message_id, "X-Request-ID": mail.request_id}
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()
    # What was sent is not needed again, and it may hold a code.
    Mail.objects.filter(id=mail_id).update(status=Mail.Status.SENT, sent_at=timezone.now(), error="", text="", html="")


def send_pending() -> int:
    """Sends every mail that waits, whatever became of its job; returns how many left."""
    sent = 0
    for mail_id in Mail.objects.filter(status=Mail.Status.WAITING).order_by("created_at").values_list("id", flat=True):
        try:
            send(str(mail_id))
            sent += 1
        except Exception as error:  # one that cannot be sent must not hold up those behind it
            log.exception("a mail could not be sent", extra={"mail_id": str(mail_id)})
            Mail.objects.filter(id=mail_id).update(error=type(error).__name__)
    return sent


def forget(address: str) -> None:
    """Deletes every mail to an address, sent or not, with the jobs that would send it and what they said of a failure."""
    mails = [str(mail_id) for mail_id in Mail.objects.filter(to=address).values_list("id", flat=True)]
    Job.objects.filter(task=SEND, arguments__in=[[mail_id] for mail_id in mails]).delete()
    Mail.objects.filter(id__in=mails).delete()
    if settings.DEV_MAIL:
        transaction.on_commit(lambda: devmail.forget(address), robust=True)
