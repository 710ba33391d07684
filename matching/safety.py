"""Keeping away from one another: who can be blocked or reported, and what a report keeps of them.

A member who blocked you, hides or is suspended is answered like one who does not exist, here as everywhere. Only those you already
stand in some relation to can still be named: your matches, and whom you blocked yourself.
"""

from typing import Any
from uuid import UUID

from accounts import selectors as members
from accounts import services as accounts
from accounts.models import Member, Profile
from accounts.moderation import services as moderation
from accounts.moderation.models import Report
from accounts.vocabulary.selectors import vocabulary
from matching import profiles, selectors
from ops.errors import NotFound

MOMENTARY = {"online", "last_seen", "distance_band", "photos"}


def within_reach(member: Member, other_id: UUID) -> Profile:
    """The door to blocking and reporting. Raises NotFound."""
    try:
        return selectors.visible_profile(member, other_id)
    except NotFound:
        if other_id not in selectors.matched_ids(member) | members.blocked_by(member):
            raise
    profile = members.with_card_parts(Profile.objects.filter(Member.good_standing("member__"), member_id=other_id)).first()
    if profile is None:
        raise NotFound
    return profile


def block(member: Member, other_id: UUID) -> None:
    """Final both ways, at once. Raises NotFound; Invalid for oneself."""
    within_reach(member, other_id)
    accounts.block(member, other_id)


def report(member: Member, other_id: UUID, *, reason: str, details: str, context: Any = None) -> Report:
    """Tells staff about somebody, with their profile as it is now. Raises NotFound, AlreadyReported; Invalid for oneself."""
    profile = within_reach(member, other_id)
    evidence = snapshot(profile, Profile.objects.get(member=member))
    return moderation.report(member, profile.member, reason=reason, details=details, context=context, evidence=evidence)


def snapshot(profile: Profile, viewer: Profile) -> dict[str, Any]:
    """What the profile said, but for what is true only at the moment; photos by id and what was said about them."""
    shown = profiles.public_profile(profile, viewer, vocabulary())
    lasting = {name: value for name, value in shown.items() if name not in MOMENTARY}
    return {**lasting, "photos": [{"id": photo["id"], "alt": photo["alt"]} for photo in shown["photos"]]}
