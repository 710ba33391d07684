"""What becomes of the old system's members and of what they said about themselves. Importing it registers the importers."""

from accounts.legacy import profiles, users

__all__ = ["profiles", "users"]
