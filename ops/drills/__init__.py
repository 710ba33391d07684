"""The ground's drills: `manage.py drill` finds them here."""

from ops.drills import backup, health, jobs, limits, mail

__all__ = ["backup", "health", "jobs", "limits", "mail"]
