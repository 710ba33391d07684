"""What members do with their accounts."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language

from accounts import codes, locks, mails, notices, sessions
from accounts.models import Block, EmailCode, Member, Profile, Session, Visibility
from accounts.notices import Notice
from accounts.signals import account_closed, members_blocked, presence_hidden, profile_changed
from accounts.vocabulary.models import UnknownSkill
from accounts.vocabulary.selectors import vocabulary
from accounts.vocabulary.words import canonical
from ops import jobs, limits
from ops.errors import Forbidden, Invalid, PreconditionFailed
from ops.ids import uuid7

ADULT_AGE = 18


class WrongPassword(Forbidden):
    code, detail = "wrong_password", "This is not your password."


def register(*, email: str, password: str, name: str, birthdate: date) -> None:
    """Makes an unverified member and mails the code. An address that exists is told so by mail, and the caller is not.

    Both hash the password once and write as much, so that the time an answer takes tells nothing.
    """
    email, hashed = email.strip().lower(), make_password(password)
    try:
        with transaction.atomic():
            member = Member.objects.create_user(email, birthdate=birthdate)
            take_address(member, hashed=hashed, name=name, birthdate=birthdate)
    except IntegrityError:
        member = Member.objects.get(email=email)
        if member.is_verified:
            rehearse_registration(hashed=hashed, name=name, birthdate=birthdate)
            mails.write("known_address", member)
        else:
            take_address(member, hashed=hashed, name=name, birthdate=birthdate)


@transaction.atomic
def take_address(member: Member, *, hashed: str, name: str, birthdate: date) -> None:
    """Mails a code, and gives the address to whoever asked for it: password, name and age come from the same form as the code.
    Somebody who registered it before and cannot read its mail is left without a password to what the owner proves."""
    if code := codes.issue(member, EmailCode.Purpose.VERIFY):
        Member.objects.filter(pk=member.pk, email_verified_at=None).update(password=hashed, birthdate=birthdate)
        Profile.objects.filter(member=member, member__email_verified_at=None).update(name=name, mail_language=get_language() or "")
        mails.write("verify", member, code=code)


@transaction.atomic
def rehearse_registration(*, hashed: str, name: str, birthdate: date) -> None:
    """What a new address costs, but for the mail, and nothing of it stays."""
    nobody = Member.objects.create_user(f"{uuid7()}@nobody.invalid", birthdate=birthdate)
    if codes.issue(nobody, EmailCode.Purpose.VERIFY):
        Member.objects.filter(pk=nobody.pk).update(password=hashed)
        Profile.objects.filter(member=nobody).update(name=name)
    transaction.set_rollback(True)


@transaction.atomic
def mail_verification_code(member: Member) -> None:
    if code := codes.issue(member, EmailCode.Purpose.VERIFY):
        mails.write("verify", member, code=code)


def resend_verification_code(email: str) -> None:
    promise_mail("accounts.services.resend_code_to", email)


def promise_mail(task: str, email: str) -> None:
    """One read and one job, whoever asks: the time an answer takes tells nothing. The id of an address nobody has is nobody's."""
    member_id = Member.objects.filter(email=email.strip().lower()).values_list("pk", flat=True).first()
    jobs.promise(task, str(member_id or uuid7()), queue="emails")


def resend_code_to(member_id: str) -> None:
    member = Member.objects.filter(pk=member_id, email_verified_at=None, is_active=True).first()
    if member is not None:
        mail_verification_code(member)


def holder_of(email: str, **state: Any) -> Member:
    """Whoever has the address; else nobody in particular, who has no codes: looking for theirs takes as long."""
    return Member.objects.filter(email=email.strip().lower(), is_active=True, **state).first() or Member()


def verify_email(*, email: str, code: str) -> Member:
    """Marks the address as the member's own. Raises codes.InvalidCode, also for an address nobody has."""
    member = holder_of(email, email_verified_at=None)
    codes.redeem(member, EmailCode.Purpose.VERIFY, code)
    with transaction.atomic():
        # Whoever registered it anew since the code was looked at has another password, and another code.
        proved = Member.objects.filter(pk=member.pk, password=member.password, email_verified_at=None)
        if not proved.update(email_verified_at=timezone.now()):
            raise codes.InvalidCode
        member.refresh_from_db()
        profile_changed.send(Profile, member_ids=[member.pk])
    return member


def save_profile(member: Member, changes: Mapping[str, Any], *, expected_version: int | None = None) -> Profile:
    """Merges validated changes. Nothing different is nothing saved. Raises PreconditionFailed for an old version."""
    with transaction.atomic():
        profile = Profile.objects.select_for_update(no_key=True).get(member=member)
        if expected_version is not None and profile.version != expected_version:
            raise PreconditionFailed
        changes = dict(changes)
        say_age(member, changes.pop("birthdate", None), visibility=changes.get("visibility"))
        different = {name: value for name, value in changes.items() if getattr(profile, name) != value}
        if not different:
            return profile
        for name, value in different.items():
            setattr(profile, name, value)
        profile.version += 1
        profile.updated_at = timezone.now()
        profile.save()
        queue_unknown_skills([*different.get("skills", []), *different.get("wanted_skills", [])])
        profile_changed.send(Profile, member_ids=[member.pk])
        if "show_presence" in different:
            presence_hidden.send(Profile, member_id=member.pk, hidden=not profile.show_presence)
    return profile


def say_age(member: Member, birthdate: date | None, *, visibility: str | None) -> None:
    """Once, by members who came over without one: nobody else sees them before they have said it."""
    known = member.birthdate
    if birthdate and known not in (None, birthdate):
        raise Invalid.field("birthdate", "Your date of birth is known, and does not change.")
    if known is None and birthdate:
        Member.objects.filter(pk=member.pk, birthdate=None).update(birthdate=birthdate)
        member.birthdate = birthdate
    if member.birthdate is None and visibility not in (None, Visibility.HIDDEN):
        raise Invalid.field("visibility", "Say your date of birth first.")


def queue_unknown_skills(names: list[str]) -> None:
    """Skills that nobody knows yet wait for staff, once each."""
    known = vocabulary()
    unknown = {canonical(name): name for name in names if known.skill(name) is None}
    UnknownSkill.objects.bulk_create([UnknownSkill(key=key, name=name) for key, name in sorted(unknown.items())], ignore_conflicts=True)


def block(blocker: Member, blocked_id: UUID) -> None:
    """Final both ways, at once. The pair is locked, so a like on its way cannot become a match behind it."""
    if blocker.pk == blocked_id:
        raise Invalid.field("member", "You cannot block yourself.")
    with transaction.atomic():
        locks.pair(blocker.pk, blocked_id)
        Block.objects.get_or_create(blocker=blocker, blocked_id=blocked_id)
        members_blocked.send(Block, blocker_id=blocker.pk, blocked_id=blocked_id)


def unblock(blocker: Member, blocked_id: UUID) -> bool:
    deleted, _ = Block.objects.filter(blocker=blocker, blocked_id=blocked_id).delete()
    return bool(deleted)


def log_out_everywhere(member: Member, *, keep: Session | None = None) -> None:
    open_ones = sessions.open_sessions(member)
    sessions.end(open_ones.exclude(id=keep.id) if keep else open_ones, member.pk)


def request_password_reset(email: str) -> None:
    """Mails a code to the owner of the address; nobody learns whether there is one."""
    promise_mail("accounts.services.mail_reset_code_to", email)


@transaction.atomic
def mail_reset_code_to(member_id: str) -> None:
    member = Member.objects.filter(pk=member_id, is_active=True).first()
    if member is not None and (code := codes.issue(member, EmailCode.Purpose.RESET)):
        mails.write("reset", member, code=code)


def reset_password(*, email: str, code: str, password: str) -> None:
    """Sets a new password and ends every session. The code proves the address, too. Raises codes.InvalidCode."""
    member = holder_of(email)
    codes.redeem(member, EmailCode.Purpose.RESET, code)
    with transaction.atomic():
        member.set_password(password)
        member.email_verified_at = member.email_verified_at or timezone.now()
        member.save(update_fields=["password", "email_verified_at"])
        log_out_everywhere(member)
        notices.tell(member, Notice.PASSWORD_CHANGED)
        profile_changed.send(Profile, member_ids=[member.pk])


def change_password(member: Member, *, old: str, new: str, keep: Session | None) -> None:
    """Sets a new password and ends every other session. Raises WrongPassword."""
    prove_password(member, old)
    with transaction.atomic():
        member.set_password(new)
        member.save(update_fields=["password"])
        log_out_everywhere(member, keep=keep)
        notices.tell(member, Notice.PASSWORD_CHANGED)


def prove_password(member: Member, password: str) -> None:
    """Counted, so that a session left open somewhere is no place to guess. Raises WrongPassword or TooMany."""
    limits.take("passwords", str(member.pk))
    if not member.check_password(password):
        raise WrongPassword


def close_account(member: Member, *, password: str) -> None:
    """Deletes the member and everything that hangs on them. Raises WrongPassword."""
    prove_password(member, password)
    erase_member(member)


def erase_member(member: Member) -> None:
    log_out_everywhere(member)
    with transaction.atomic():
        account_closed.send(Member, member=member)
        profile_changed.send(Profile, member_ids=[member.pk])
        member.delete()
