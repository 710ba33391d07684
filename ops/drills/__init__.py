"""The ground's drills: `manage.py drill` finds them here."""

from ops.drills import backup, busy, hanging, health, jobs, limits, mail, mailing, noise, vault

__all__ = ["backup", "busy", "hanging", "health", "jobs", "limits", "mail", "mailing", "noise", "vault"]
