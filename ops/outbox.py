"""Mail that is not lost: a row written with its cause, sent by a job that carries only the row's id."""

import logging
from datetime import timedelta
from email.utils import make_msgid
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from ops import devmail, jobs
from ops.context import request_id
from ops.models import Job, Mail

SEND = "ops.outbox.send"
MAIL_DOMAIN = "mail.alliv.test"
PATIENCE = timedelta(days=2)
TIMES = 2
LEASE = timedelta(seconds=60)  # shorter than a job's: who comes back for a worker that was killed finds the mail free
log = logging.getLogger("alliv.mail")


def post(purpose: str, *, to: str, context: dict[str, Any], language: str = "", unsubscribe: str = "") -> Mail:
    """Writes the mail `templates/emails/<purpose>.{txt,html}` in its reader's language; the text's first line is the subject.

    A POST to `unsubscribe` ends mails of its kind; programs that read mail make a button of it (RFC 8058).
    """
    language = language or settings.LANGUAGE_CODE
    values = {"public_url": settings.PUBLIC_URL, "language": language, "unsubscribe": unsubscribe, **context}
    with translation.override(language):
        words, html = (render_to_string(f"emails/{purpose}.{form}", values) for form in ("txt", "html"))
    subject, _, text = words.strip().partition("\n")
    mail = Mail.objects.create(
        purpose=purpose,
        to=to,
        subject=subject.strip(),
        text=text.strip() + "\n",
        html=html,
        unsubscribe=unsubscribe,
        message_id=make_msgid(domain=MAIL_DOMAIN),
        request_id=request_id(),
    )
    jobs.promise(SEND, str(mail.id), queue="emails")
    return mail


def send(mail_id: str) -> bool:
    """Sends one waiting mail; whether it left. Killed between sending and noting it, the same mail goes out once more, same Message-ID.

    Raises NotYet when the server does not take it, or somebody else is at it, unless there is no hope: then it is dead, and staff see it.
    So is one that a server had twice without anybody hearing what it said: it may well have arrived.
    """
    if not claim(mail_id):
        if Mail.objects.filter(id=mail_id, status=Mail.Status.WAITING).exists():
            raise jobs.NotYet("somebody else is sending it")
        return False
    mail = Mail.objects.get(id=mail_id)
    if mail.handed_over >= TIMES:
        put_back(mail, error="Unanswered", dead=True)
        return False
    try:
        written(mail).send()
    except Exception as error:
        dead = is_hopeless(mail, error)
        put_back(mail, error=type(error).__name__, dead=dead, answered=isinstance(error, SMTPResponseException | SMTPRecipientsRefused))
        if dead:
            return False
        raise jobs.NotYet(type(error).__name__) from error
    # What was sent is not needed again, and it may hold a code.
    Mail.objects.filter(id=mail_id).update(status=Mail.Status.SENT, sent_at=timezone.now(), error="", text="", html="", unsubscribe="")
    return True


def written(mail: Mail) -> EmailMultiAlternatives:
    """What is sent. That the server is about to have all of it is noted just before."""

    def note() -> None:
        Mail.objects.filter(id=mail.pk).update(handed_over=F("handed_over") + 1)

    headers = {"Message-ID": mail.message_id, "X-Request-ID": mail.request_id}
    if mail.unsubscribe:
        headers |= {"List-Unsubscribe": f"<{mail.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    connection = get_connection(on_handing_over=note)
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers, connection=connection)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def put_back(mail: Mail, *, error: str, dead: bool, answered: bool = False) -> None:
    """Frees it for the next try, or notes that there is none. What a server has refused in this one it does not have."""
    status = Mail.Status.DEAD if dead else Mail.Status.WAITING
    known = {"handed_over": mail.handed_over} if answered else {}
    Mail.objects.filter(id=mail.pk).update(error=error, status=status, leased_until=None, **known)


def waiting() -> QuerySet[Mail]:
    """Mails that have not left and that nobody is sending."""
    free = Q(leased_until=None) | Q(leased_until__lte=timezone.now())
    return Mail.objects.filter(free, status=Mail.Status.WAITING)


def claim(mail_id: str) -> bool:
    """Whether the mail is now the caller's: the command that sweeps and a worker must not both send it."""
    return bool(waiting().filter(id=mail_id).update(attempts=F("attempts") + 1, leased_until=timezone.now() + LEASE))


def is_hopeless(mail: Mail, error: Exception) -> bool:
    """The server says that there is nobody of this address, or has not taken it for days."""
    nobody = isinstance(error, SMTPRecipientsRefused) and all(code >= 500 for code, _ in error.recipients.values())
    return nobody or mail.created_at < timezone.now() - PATIENCE


def send_pending() -> int:
    """Sends every mail that waits, whatever became of its job; returns how many left."""
    sent = 0
    for mail_id in waiting().order_by("created_at").values_list("id", flat=True):
        try:
            sent += send(str(mail_id))
        except Exception:  # one that cannot be sent must not hold up those behind it
            log.exception("a mail could not be sent", extra={"mail_id": str(mail_id)})
    return sent


def forget(address: str) -> None:
    """Deletes every mail to an address, sent or not, with the jobs that would send it and what they said of a failure."""
    mails = [str(mail_id) for mail_id in Mail.objects.filter(to=address).values_list("id", flat=True)]
    Job.objects.filter(task=SEND, arguments__in=[[mail_id] for mail_id in mails]).delete()
    Mail.objects.filter(id__in=mails).delete()
    if settings.DEV_MAIL:
        transaction.on_commit(lambda: devmail.forget(address), robust=True)
