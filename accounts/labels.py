"""What pages call the choices of a profile, and the words they suggest where anything may be written."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import ExperienceLevel, Visibility

LEVELS: list[tuple[str, Any]] = [
    (ExperienceLevel.STUDENT.value, _("Student")),
    (ExperienceLevel.JUNIOR.value, _("Junior")),
    (ExperienceLevel.MID.value, _("Mid-level")),
    (ExperienceLevel.SENIOR.value, _("Senior")),
    (ExperienceLevel.EXPERT.value, _("Expert")),
    (ExperienceLevel.MENTOR.value, _("Mentor")),
]
VISIBILITIES: list[tuple[str, Any]] = [
    (Visibility.PUBLIC.value, _("Everybody with an account")),
    (Visibility.MATCHES.value, _("Only my matches")),
    (Visibility.HIDDEN.value, _("Nobody")),
]
# Values and ways of working meet only when both sides use the same words; these are not translated for that reason.
VALUES = (
    "Autonomy", "Courage", "Craftsmanship", "Curiosity", "Diversity", "Fairness", "Honesty", "Impact", "Kindness", "Learning",
    "Openness", "Patience", "Playfulness", "Privacy", "Reliability", "Simplicity", "Sustainability", "Transparency",
)  # fmt: skip
WORK_STYLES = (
    "Async first", "Deep work blocks", "Early bird", "Experiment first", "Flexible", "Hybrid", "Long cycles", "Move fast", "Night owl",
    "On site", "Open door", "Pair work", "Plan ahead", "Short daily check-ins", "Weekly demos", "Whiteboard thinking", "Written decisions",
)  # fmt: skip
