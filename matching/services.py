"""What members do about one another: like, pass, undo, unmatch."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import locks
from accounts.models import Member
from matching import match_mails, selectors
from matching.models import Match, Swipe, UndoneLike
from matching.signals import matched, unmatched
from ops.errors import Conflict, Invalid, NotFound, TooMany

DAY = timedelta(days=1)
POSITIVE = (Swipe.Action.LIKE, Swipe.Action.SUPER_LIKE)


class AlreadySwiped(Conflict):
    code, detail = "already_swiped", "You have already decided about this member."


class AlreadyMatched(Conflict):
    code, detail = "already_matched", "You are matched: a match is ended, not undone."


class LikeQuota(TooMany):
    code, detail = "like_quota", "You have used your likes of today."


@transaction.atomic
def swipe(actor: Member, target_id: UUID, action: str, note: str = "") -> tuple[Swipe, Match | None]:
    """Records a decision; two likes that meet become one match, whatever their timing.

    Raises NotFound for a member the actor may not see, AlreadySwiped, LikeQuota, Invalid for oneself.
    """
    if actor.pk == target_id:
        raise Invalid.field("target", "You cannot swipe on yourself.")
    locks.pair(actor.pk, target_id)
    selectors.visible_profile(actor, target_id)
    if Swipe.objects.filter(actor=actor, target_id=target_id).exists():
        raise AlreadySwiped
    check_quota(actor, action)
    made = Swipe.objects.create(actor=actor, target_id=target_id, action=action, note=note)
    return made, meet(made)


def check_quota(actor: Member, action: str) -> None:
    """The last 24 hours' likes or super likes. The pair's lock holds the actor, so two calls cannot both take the last."""
    limit = {Swipe.Action.LIKE: settings.LIKES_PER_DAY, Swipe.Action.SUPER_LIKE: settings.SUPER_LIKES_PER_DAY}.get(Swipe.Action(action))
    if limit is None:
        return
    now = timezone.now()
    times = recent_likes(actor, action, since=now - DAY)[:limit]
    if len(times) >= limit:
        free_at = times[-1] + DAY if times else now + DAY
        raise LikeQuota(retry_after=int((free_at - now).total_seconds()) + 1)


def recent_likes(actor: Member, action: str, *, since: datetime) -> list[datetime]:
    """When they were made, newest first; those that were taken back count, too."""
    rows = [model.objects.filter(actor=actor, action=action, created_at__gt=since) for model in (Swipe, UndoneLike)]
    return sorted((at for likes in rows for at in likes.values_list("created_at", flat=True)), reverse=True)


def meet(made: Swipe) -> Match | None:
    """The match that this like completes, if any."""
    back = Swipe.objects.filter(actor_id=made.target_id, target_id=made.actor_id, action__in=POSITIVE)
    if made.action not in POSITIVE or not back.exists():
        return None
    first, second = sorted([made.actor_id, made.target_id])
    match, created = Match.objects.get_or_create(member_a_id=first, member_b_id=second)
    if created:
        matched.send(Match, match=match)
        match_mails.tell_who_is_away(made.target)
    return match


@transaction.atomic
def undo(actor: Member, target_id: UUID) -> None:
    """Takes a decision back. Raises NotFound when there is none or the other is not to be seen, AlreadyMatched when it became a match."""
    locks.pair(actor.pk, target_id)
    selectors.visible_profile(actor, target_id)
    first, second = sorted([actor.pk, target_id])
    if Match.objects.filter(member_a_id=first, member_b_id=second).exists():
        raise AlreadyMatched
    made = Swipe.objects.filter(actor=actor, target_id=target_id).first()
    if made is None:
        raise NotFound
    if made.action in POSITIVE:
        UndoneLike.objects.create(actor=actor, action=made.action, created_at=made.created_at)
    made.delete()


@transaction.atomic
def unmatch(member: Member, match_id: UUID) -> None:
    """Ends a match for both. Raises NotFound for a match this member is not, or no longer, part of."""
    match = selectors.current_matches(member).filter(id=match_id).first()
    if match is None:
        raise NotFound
    locks.pair(match.member_a_id, match.member_b_id)
    end(match, member.pk)


def end(match: Match, by: UUID) -> None:
    if Match.objects.filter(id=match.pk, ended_at=None).update(ended_at=timezone.now(), ended_by=by):
        match.refresh_from_db()
        unmatched.send(Match, match=match)


def end_match_of_blocked(sender: Any, blocker_id: UUID, blocked_id: UUID, **kwargs: Any) -> None:
    """A block ends the match, in the block's transaction and under its lock."""
    first, second = sorted([blocker_id, blocked_id])
    for match in Match.objects.filter(member_a_id=first, member_b_id=second, ended_at=None):
        end(match, blocker_id)
