"""Profiles as others and as their members see them: accounts' words, media's photos, the viewer's distance."""

from typing import Any

from django.conf import settings

from accounts import selectors as members
from accounts.models import Member, Profile
from accounts.places import distance_band
from accounts.vocabulary.selectors import Vocabulary, vocabulary
from matching.selectors import shown_skills, visible_profile
from media.selectors import photos_of

SHOWN = ("name", "headline", "bio", "role", "interests", "values", "work_styles", "languages", "hours_per_week",
         "remote_only", "country", "city", "timezone", "links", "visibility", "version")  # fmt: skip


def public_profile(profile: Profile, viewer: Profile, known: Vocabulary) -> dict[str, Any]:
    seen = members.presence_for(viewer, profile)
    return {
        "id": str(profile.member_id),
        **{name: getattr(profile, name) for name in SHOWN},
        "field": profile.field.name if profile.field else None,
        "skills": shown_skills(profile.skills, known),
        "wanted_skills": shown_skills(profile.wanted_skills, known),
        "experience_level": profile.experience_level or None,
        "photos": photos_of([profile.member_id]).get(profile.member_id, []),
        "online": members.is_online(seen),
        "last_seen": seen.last_seen.isoformat().replace("+00:00", "Z") if seen else None,
        "distance_band": None if profile is viewer else distance_band(viewer.cell, profile.cell),
    }


def profile_for(viewer: Member, member_id: Any) -> dict[str, Any]:
    """One visible profile. Raises NotFound."""
    profile = visible_profile(viewer, member_id)
    return public_profile(profile, Profile.objects.get(member=viewer), vocabulary())


def own_profile(member: Member) -> dict[str, Any]:
    """What only the member sees on top: address, birthdate, completeness, must-haves, unknown skills."""
    known = vocabulary()
    profile = members.with_card_parts(Profile.objects.filter(member=member)).get()
    shown = public_profile(profile, profile, known)
    named = [*profile.skills, *profile.wanted_skills]
    return {
        **shown,
        "email": member.email,
        "birthdate": member.birthdate.isoformat() if member.birthdate else None,
        "completeness": members.completeness(profile, has_photo=bool(shown["photos"])),
        "show_presence": profile.show_presence,
        "mail_language": profile.mail_language or settings.LANGUAGE_CODE,
        "match_mails": profile.match_mails,
        "must_haves": profile.must_haves,
        "location": {"set": bool(profile.cell)},
        "unknown_skills": list(dict.fromkeys(name for name in named if known.skill(name) is None)),
    }
