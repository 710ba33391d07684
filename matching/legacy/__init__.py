"""What becomes of the old system's swipes, matches and skill pairs. Importing it registers the importers."""

from matching.legacy import matches, skill_pairs, swipes

__all__ = ["matches", "skill_pairs", "swipes"]
