"""The drills of accounts: `manage.py drill` finds them here."""

from accounts.drills import limits, places, refreshing, silence

__all__ = ["limits", "places", "refreshing", "silence"]
