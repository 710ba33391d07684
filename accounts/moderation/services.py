"""Reporting members, and deciding about reports. Nothing here happens by itself: however many reports, staff decide."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import mails
from accounts import services as accounts
from accounts.models import Member, Profile
from accounts.moderation import selectors
from accounts.moderation.models import Decision, Report
from accounts.signals import profile_changed
from accounts.staff import has_say_over
from accounts.trust import services as trust
from accounts.trust.models import Fact
from ops.context import request_id
from ops.errors import Conflict, Forbidden, Invalid

Kind = Decision.Kind


class AlreadyReported(Conflict):
    code, detail = "already_reported", "You have reported this member already; we are looking into it."


class NothingToDismiss(Conflict):
    code, detail = "no_open_report", "There is no open report about this member."


class NotSuspended(Conflict):
    code, detail = "not_suspended", "This member is not suspended."


@transaction.atomic
def report(reporter: Member, subject: Member, *, reason: str, details: str, context: Any = None, evidence: Mapping[str, Any]) -> Report:
    """Puts a report into the queue. The caller has proved that the reporter may know the subject. Raises AlreadyReported."""
    if reporter.pk == subject.pk:
        raise Invalid.field("subject", "You cannot report yourself.")
    try:
        with transaction.atomic():
            made = Report.objects.create(
                reporter=reporter, subject=subject, reason=reason, details=details, context=context, evidence=dict(evidence)
            )
    except IntegrityError:
        raise AlreadyReported from None
    trust.refresh([reporter.pk])
    return made


# --- Deciding ---


def dismiss(subject: Member, *, actor: Member, note: str = "") -> Decision:
    """Closes the open reports: nothing was wrong. Raises NothingToDismiss."""
    with transaction.atomic():
        lock(subject, actor)
        if not selectors.open_reports(subject).exists():
            raise NothingToDismiss
        return decide(Kind.DISMISS, subject, actor, note)


def warn(subject: Member, *, actor: Member, note: str = "") -> Decision:
    """Tells the member by mail that something has to change; the open reports were right."""
    with transaction.atomic():
        lock(subject, actor)
        decision = decide(Kind.WARN, subject, actor, note)
        trust.note(Fact.Kind.WARNED, [subject.pk], str(decision.pk))
        mails.write("warned", subject)
    return decision


def suspend(subject: Member, *, actor: Member, until: datetime | None, note: str = "") -> Decision:
    """Takes the member out of everybody's sight and ends their sessions, tokens and sockets; `until` None is for good."""
    if until is not None and until <= timezone.now():
        raise Invalid.field("until", "A suspension ends in the future, or never.")
    with transaction.atomic():
        lock(subject, actor)
        decision = decide(Kind.SUSPEND, subject, actor, note, until)
        trust.note(Fact.Kind.SUSPENDED, [subject.pk], str(decision.pk))
        set_suspension(subject, timezone.now(), until)
        accounts.log_out_everywhere(subject)
        mails.write("suspended", subject, until=until)
    return decision


def lift(subject: Member, *, actor: Member, note: str = "") -> Decision:
    """Ends a suspension before its time. Open reports stay open. Raises NotSuspended."""
    with transaction.atomic():
        if not lock(subject, actor).is_suspended:
            raise NotSuspended
        decision = Decision.objects.create(subject=subject, actor=actor, kind=Kind.LIFT, note=note, request_id=request_id())
        trust.note(Fact.Kind.LIFTED, [subject.pk], str(decision.pk))
        set_suspension(subject, None, None)
        mails.write("reinstated", subject)
    return decision


def lock(subject: Member, actor: Member) -> Member:
    """The member's row, locked: two decisions about one member happen one after the other. Raises Forbidden, Invalid."""
    locked = Member.objects.select_for_update(no_key=True).get(pk=subject.pk)
    if locked.pk == actor.pk:
        raise Invalid("Somebody else has to decide about you.")
    if not has_say_over(actor, locked):
        raise Forbidden("Only superusers decide about members of staff.")
    return locked


def decide(kind: Decision.Kind, subject: Member, actor: Member, note: str, until: datetime | None = None) -> Decision:
    """Writes the decision and closes the open reports by it; their reporters' trust follows, and they are told."""
    reports = selectors.open_reports(subject)
    reporters = list(reports.exclude(reporter=None).values_list("id", "reporter_id"))
    decision = Decision.objects.create(
        subject=subject, actor=actor, kind=kind, until=until, note=note, reports=reports.count(), request_id=request_id()
    )
    upheld = kind != Kind.DISMISS
    reports.update(status=Report.Status.UPHELD if upheld else Report.Status.DISMISSED, decision=decision)
    for report_id, reporter_id in reporters:
        trust.note(Fact.Kind.REPORT_CONFIRMED if upheld else Fact.Kind.REPORT_REJECTED, [reporter_id], str(report_id))
    for reporter in Member.objects.filter(pk__in=[reporter_id for _, reporter_id in reporters], is_active=True):
        mails.write("report_outcome", reporter, upheld=upheld)
    return decision


def set_suspension(subject: Member, at: datetime | None, until: datetime | None) -> None:
    subject.suspended_at, subject.suspended_until = at, until
    subject.save(update_fields=["suspended_at", "suspended_until"])
    profile_changed.send(Profile, member_ids=[subject.pk])


# --- Leaving ---


def forget(member: Member) -> None:
    """A member leaves: their words go; that they were reported, and how it was decided, stays without them."""
    Report.objects.filter(reporter=member).update(details="", context=None)
    Decision.objects.filter(subject=member).update(note="")
