"""What the fixtures need that is no fixture itself."""

from django.apps import apps

from accounts.vocabulary import selectors
from accounts.vocabulary.loading import load_vocabulary
from accounts.vocabulary.models import Skill
from matching import matrix
from matching.loading import load_matrix
from matching.ranking import population


def forget() -> None:
    """Drops what this process keeps in memory about the database."""
    selectors._held = None
    matrix._held = None
    population._held = None


def restore_defaults() -> None:
    """The vocabulary and matrix as the migrations load them: a flushed database has lost them."""
    if not Skill.objects.exists():
        load_vocabulary(lambda name: apps.get_model("vocabulary", name))
        load_matrix(apps.get_model)
