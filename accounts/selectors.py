"""Reading members: who may be seen by whom, and how a profile looks to them."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Block, Member, Presence, Profile, Visibility
from ops.errors import NotFound

MIN_BIO = 40
MIN_SKILLS = 3


def blocked_with(member: Member) -> set[UUID]:
    """Everybody who blocked this member or was blocked by them."""
    pairs = Block.objects.filter(Q(blocker=member) | Q(blocked=member)).values_list("blocker_id", "blocked_id")
    return {blocked if blocker == member.pk else blocker for blocker, blocked in pairs}


def blocks_made(member: Member) -> QuerySet[Block]:
    """Newest first, with whom."""
    return Block.objects.filter(blocker=member).select_related("blocked__profile").order_by("-id")


def blocked_by(member: Member) -> set[UUID]:
    """Whom this member blocked."""
    return set(Block.objects.filter(blocker=member).values_list("blocked_id", flat=True))


def visible_profiles(viewer: Member, *, matched_with: Iterable[UUID] = ()) -> QuerySet[Profile]:
    """Profiles that exist as far as `viewer` is concerned. Whom they matched with is known to the room above."""
    shown = Q(visibility=Visibility.PUBLIC) | Q(visibility=Visibility.MATCHES, member_id__in=list(matched_with))
    others = Profile.objects.filter(shown, Member.good_standing("member__")).exclude(member_id__in=blocked_with(viewer))
    return with_card_parts(others | Profile.objects.filter(member=viewer))


def with_card_parts(profiles: QuerySet[Profile]) -> QuerySet[Profile]:
    return profiles.select_related("member", "member__presence", "field")


def visible_profile(viewer: Member, member_id: UUID, *, matched_with: Iterable[UUID] = ()) -> Profile:
    """One visible profile. Raises NotFound for hidden, blocked, suspended and missing members alike."""
    profile = visible_profiles(viewer, matched_with=matched_with).filter(member_id=member_id).first()
    if profile is None:
        raise NotFound
    return profile


def completeness(profile: Profile, *, has_photo: bool) -> dict[str, object]:
    """Ten things of 10 % each: `{"percent", "missing"}`."""
    there = {
        "photo": has_photo,
        "headline": bool(profile.headline),
        "bio": len(profile.bio) >= MIN_BIO,
        "field": profile.field_id is not None,
        "role": bool(profile.role),
        "skills": len(profile.skills) >= MIN_SKILLS,
        "wanted_skills": bool(profile.wanted_skills),
        "experience_level": bool(profile.experience_level),
        "hours_per_week": profile.hours_per_week is not None,
        "place": bool(profile.country or profile.remote_only),
    }
    missing = [name for name, present in there.items() if not present]
    return {"percent": 100 - 10 * len(missing), "missing": missing}


def is_listed(profile: Profile) -> bool:
    """Whether Discover may show this profile to anybody: verified, in good standing, public, a field and a skill."""
    return bool(profile.member.in_standing and profile.visibility == Visibility.PUBLIC and profile.field_id is not None and profile.skills)


def listed_profiles() -> QuerySet[Profile]:
    """The same rule for a query."""
    return Profile.objects.filter(Member.good_standing("member__"), visibility=Visibility.PUBLIC, field__isnull=False).exclude(skills=[])


def presence_for(viewer: Profile, profile: Profile) -> Presence | None:
    """When the member was here last, if both of them show such things: who hides does not see."""
    return getattr(profile.member, "presence", None) if viewer.show_presence and profile.show_presence else None


def is_online(seen: Presence | None) -> bool:
    return seen is not None and seen.online_until > timezone.now()
