"""Six-digit codes by mail: ten minutes, five tries, one mail a minute and twenty a day."""

import hmac
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import EmailCode, Member
from ops import limits
from ops.errors import Invalid

LIFETIME = timedelta(minutes=10)
PAUSE = timedelta(seconds=60)
MAX_TRIES = 5


class InvalidCode(Invalid):
    code = "invalid_code"
    detail = "This code is wrong or has expired."


def issue(member: Member, purpose: EmailCode.Purpose) -> str | None:
    """A new code that replaces the one before; None within a minute of that, and after twenty in a day: nobody's post box is filled, and
    who asks for code after code has a hundred tries at a million numbers and not thousands."""
    now = timezone.now()
    if EmailCode.objects.filter(member=member, purpose=purpose, created_at__gt=now - PAUSE).exists():
        return None
    if (usage := limits.count("code_mails", f"{purpose} {member.pk}")) and usage.exceeded:
        return None
    code = f"{secrets.randbelow(1_000_000):06d}"
    EmailCode.objects.update_or_create(
        member=member,
        purpose=purpose,
        defaults={"digest": digest(member, purpose, code), "tries": 0, "created_at": now, "expires_at": now + LIFETIME},
    )
    return code


def redeem(member: Member, purpose: EmailCode.Purpose, code: str) -> None:
    """Uses the code up. Raises InvalidCode; a wrong try is counted even when the caller's work is undone."""
    open_codes = EmailCode.objects.filter(member=member, purpose=purpose, expires_at__gt=timezone.now())
    if not open_codes.filter(tries__lt=MAX_TRIES).update(tries=F("tries") + 1):
        raise InvalidCode
    kept = open_codes.first()
    if kept is None or not hmac.compare_digest(kept.digest, digest(member, purpose, code)):
        raise InvalidCode
    with transaction.atomic():
        deleted, _ = EmailCode.objects.filter(id=kept.id, digest=kept.digest).delete()
    if not deleted:
        raise InvalidCode


def digest(member: Member, purpose: EmailCode.Purpose, code: str) -> str:
    return salted_hmac(f"accounts.codes.{purpose}.{member.pk}", code, algorithm="sha256").hexdigest()
