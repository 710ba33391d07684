"""What the fixtures need that is no fixture itself."""

from accounts.vocabulary import selectors
from accounts.vocabulary.models import Skill


def forget() -> None:
    """Drops what this process keeps in memory about the database."""
    selectors._held = None


def restore_defaults() -> None:
    """The vocabulary and matrix as the migrations load them: a flushed database has lost them."""
    if not Skill.objects.exists():
        pass
