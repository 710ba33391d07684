"""The ground's drills: `manage.py drill` finds them here."""

from ops.drills import backup, hanging, health, jobs, limits, mail

__all__ = ["backup", "hanging", "health", "jobs", "limits", "mail"]
