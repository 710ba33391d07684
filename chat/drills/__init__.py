"""The chat's drills: `manage.py drill` finds them here."""

from chat.drills import conversation, faults, leaving, mongodb, slow

__all__ = ["conversation", "faults", "leaving", "mongodb", "slow"]
