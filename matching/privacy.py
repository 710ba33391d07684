"""What matching holds about a member."""

from accounts.privacy.registry import excused, exported
from matching.curation.models import Draft, DraftChange
from matching.models import Boost, Embedding, FieldSynergy, Match, MatrixVersion, PopulationChange, SkillPair, Swipe, UndoneLike


def register() -> None:
    exported(Embedding, "member")
    exported(Swipe, "actor")
    exported(UndoneLike, "actor")
    exported(Match, "member_a", "member_b")
    exported(MatrixVersion, "actor")
    exported(Draft, "editor")
    exported(DraftChange, "draft__editor")
    excused(Swipe, "target", why="what others decided about you is theirs; likes you may answer are your invitations")
    excused(Match, "ended_by", why="part of the rows of your matches")
    excused(PopulationChange, "member_ids", why="notes that somebody changed, without saying what; they go after a while")
    for table in (SkillPair, FieldSynergy, Boost):
        excused(table, "updated_by", why="what you published as staff is told by the matrix versions")
