"""The chat's drills: `manage.py drill` finds them here."""

from chat.drills import conversation, faults, leaving, mongodb, slow, without_redis

__all__ = ["conversation", "faults", "leaving", "mongodb", "slow", "without_redis"]
