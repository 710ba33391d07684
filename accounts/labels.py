"""What pages call the choices of a profile, and the words they suggest where anything may be written."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pycountry
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.countries import translated
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


def languages() -> dict[str, str]:
    """ISO 639-1 code to name in the reader's language, by name."""
    return _languages(get_language() or "en")


@cache
def _languages(reader: str) -> dict[str, str]:
    rows = [(translated("iso639-3", language.name, reader).partition(" (")[0], language.alpha_2)
            for language in pycountry.languages if hasattr(language, "alpha_2")]  # fmt: skip
    return {code: name for name, code in sorted(rows)}


def language_names(words: Iterable[str]) -> list[str]:
    """Codes by their names; what is no code stays as it was written."""
    return [languages().get(word, word) for word in words]


def language_codes(words: Iterable[str]) -> list[str]:
    """Names by their codes; what is no name stays as it was written."""
    by_name = {name.casefold(): code for code, name in languages().items()}
    return [by_name.get(word.casefold(), word) for word in words]
