"""The chat's drills: `manage.py drill` finds them here."""

from chat.drills import conversation, faults, mongodb, slow

__all__ = ["conversation", "faults", "mongodb", "slow"]
