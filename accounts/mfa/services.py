"""Switching the second factor on and off, and proving it."""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import notices
from accounts.codes import InvalidCode
from accounts.mfa import totp
from accounts.mfa.models import Passkey, RecoveryCode, SecondFactor
from accounts.mfa.sealing import seal, unseal
from accounts.models import Member
from accounts.notices import Notice
from ops import limits
from ops.errors import Conflict, NotAuthenticated, TooMany

RECOVERY_CODES = 10
# No letter that looks like another, or like a digit: 16 of them are 79 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
MAX_TRIES, TRIES_PAUSE = 10, timedelta(hours=1)


class OtpRequired(NotAuthenticated):
    code, detail = "otp_required", "This account has a second factor: send a code as `otp`. `factors` tells which there are."


class InvalidOtp(NotAuthenticated):
    code, detail = "invalid_otp", "This code is wrong, too old or was used before."


class SecondFactorOn(Conflict):
    code, detail = "second_factor_on", "The authenticator app is on already: switch it off first."


class SecondFactorOff(Conflict):
    code, detail = "second_factor_off", "There is no second factor yet: begin with POST /api/auth/mfa/totp."


@dataclass(frozen=True)
class Setup:
    """What an authenticator app has to know, as text and as a picture."""

    secret: str
    uri: str
    qr: str


def is_on(member: Member) -> bool:
    return has_app(member) or has_passkey(member)


def has_app(member: Member) -> bool:
    return confirmed(member).exists()


def has_passkey(member: Member) -> bool:
    return Passkey.objects.filter(member=member).exists()


def factors(member: Member) -> list[str]:
    """What the member may show besides the password. A passkey needs a browser; the others are sent as `otp`."""
    there = {"totp": has_app(member), "passkey": has_passkey(member), "recovery_code": recovery_codes_left(member) > 0}
    return [name for name, is_there in there.items() if is_there]


def confirmed(member: Member) -> QuerySet[SecondFactor]:
    return SecondFactor.objects.filter(member=member, confirmed_at__isnull=False)


def recovery_codes_left(member: Member) -> int:
    return RecoveryCode.objects.filter(member=member).count()


# --- On and off ---


def begin_totp(member: Member) -> Setup:
    """A new secret, which counts once `confirm_totp` has seen a code of it. Raises SecondFactorOn."""
    secret = totp.new_secret()
    with transaction.atomic():
        lock(member)
        if has_app(member):
            raise SecondFactorOn
        SecondFactor.objects.update_or_create(member=member, defaults={"secret": seal(secret)})
    return setup_of(member, secret)


def pending_setup(member: Member) -> Setup | None:
    """The setup that waits for its first code; None when nothing waits."""
    factor = SecondFactor.objects.filter(member=member, confirmed_at=None).first()
    secret = unseal(factor.secret) if factor else None
    return setup_of(member, secret) if secret else None


def setup_of(member: Member, secret: str) -> Setup:
    uri = totp.address(secret, member.email)
    return Setup(secret, uri, totp.qr_code(uri))


def confirm_totp(member: Member, code: str) -> list[str]:
    """Switches the app on; new recovery codes, which are never told again. Raises SecondFactorOff or -On, InvalidCode."""
    factor = SecondFactor.objects.filter(member=member).first()
    if factor is None:
        raise SecondFactorOff
    if factor.confirmed_at:
        raise SecondFactorOn
    prove(factor, code)
    with transaction.atomic():
        lock(member)
        if not SecondFactor.objects.filter(id=factor.pk, secret=factor.secret, confirmed_at=None).update(confirmed_at=timezone.now()):
            raise SecondFactorOn
        notices.tell(member, Notice.FACTOR_ON)
        return new_recovery_codes(member)


def switch_off_totp(member: Member, code: str) -> None:
    """Forgets the app. The caller has proved the password. Raises SecondFactorOff, InvalidCode, TooMany."""
    if not has_app(member):
        raise SecondFactorOff
    prove_second_factor(member, code)
    with transaction.atomic():
        lock(member)
        SecondFactor.objects.filter(member=member).delete()
        if not forget_codes_without_factor(member):
            notices.tell(member, Notice.APP_OFF)


def forget_codes_without_factor(member: Member) -> bool:
    """Recovery codes open nothing where nothing is asked for. Whether the last factor is gone."""
    if is_on(member):
        return False
    RecoveryCode.objects.filter(member=member).delete()
    notices.tell(member, Notice.FACTOR_OFF)
    return True


@transaction.atomic
def forget(member: Member) -> None:
    """All of it, without a proof: for staff who have made sure who asks."""
    lost = [rows.filter(member=member).delete()[0] for rows in (SecondFactor.objects, Passkey.objects)]
    RecoveryCode.objects.filter(member=member).delete()
    if any(lost):
        notices.tell(member, Notice.FACTOR_OFF)


def renew_recovery_codes(member: Member) -> list[str]:
    """Ten new ones instead of all old ones. The caller has proved who asks. Raises SecondFactorOff."""
    with transaction.atomic():
        lock(member)
        if not is_on(member):
            raise SecondFactorOff
        notices.tell(member, Notice.RECOVERY_RENEWED)
        return new_recovery_codes(member)


def new_recovery_codes(member: Member) -> list[str]:
    words = ["".join(secrets.choice(ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(member=member).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(member=member, digest=digest(word)) for word in words)
    return ["-".join(re.findall("....", word)) for word in words]


def lock(member: Member) -> None:
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)


# --- Proving it ---


def demand(member: Member, otp: str | None) -> None:
    """Lets a sign-in pass when there is no second factor or `otp` is it. Raises OtpRequired, InvalidOtp or TooMany."""
    if not is_on(member):
        return
    if not otp:
        raise OtpRequired(factors=factors(member))
    try:
        prove_second_factor(member, otp)
    except InvalidCode:
        raise InvalidOtp from None


def prove_second_factor(member: Member, code: str) -> None:
    """Uses up a code of the app or a recovery code. Raises SecondFactorOff, InvalidCode, or TooMany after ten wrong ones in an hour."""
    factor = confirmed(member).first()
    if factor is not None:
        prove(factor, code)
    elif has_passkey(member):
        prove_without_app(member, code)
    else:
        raise SecondFactorOff


def prove_without_app(member: Member, code: str) -> None:
    limits.take("recovery_codes", str(member.pk))
    if not use_recovery_code(member, plain(code)):
        raise InvalidCode


def prove(factor: SecondFactor, code: str) -> None:
    """The try is counted before the code is looked at, so that many at once are no way around the limit."""
    word = plain(code)
    last = count_try(factor)
    if not (use_app_code(factor, word) or use_recovery_code(factor.member, word)):
        if last and factor.confirmed_at:
            notices.tell(factor.member, Notice.WRONG_CODES)
        raise InvalidCode
    SecondFactor.objects.filter(id=factor.pk).update(tries=0)


def plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def count_try(factor: SecondFactor) -> bool:
    """Whether this is the last try for now. Raises TooMany when there is none left."""
    now, rows = timezone.now(), SecondFactor.objects.filter(id=factor.pk)
    rows.filter(tries_since__lte=now - TRIES_PAUSE).update(tries=0, tries_since=now)
    if not rows.filter(tries__lt=MAX_TRIES).update(tries=F("tries") + 1):
        raise TooMany(retry_after=int(TRIES_PAUSE.total_seconds()))
    return rows.filter(tries__gte=MAX_TRIES).exists()


def use_app_code(factor: SecondFactor, code: str) -> bool:
    """Whether this is a code of the app. The counted update lets one of many through, and none that is as old as the last."""
    secret = unseal(factor.secret)
    step = totp.matching_step(secret, code, time.time()) if secret else None
    if step is None:
        return False
    return bool(SecondFactor.objects.filter(id=factor.pk, secret=factor.secret, last_step__lt=step).update(last_step=step))


def use_recovery_code(member: Member, word: str) -> bool:
    """Whether this was an unused recovery code. Deleting it lets one of many through."""
    deleted, _ = RecoveryCode.objects.filter(member=member, digest=digest(word)).delete()
    if deleted:
        notices.tell(member, Notice.RECOVERY_USED)
    return bool(deleted)


def digest(word: str) -> str:
    """A plain one is enough: 79 random bits are not guessed."""
    return hashlib.sha256(word.encode()).hexdigest()
