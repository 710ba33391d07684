"""The drills of photos: `manage.py drill` finds them here."""

from media.drills import clean, uploading

__all__ = ["clean", "uploading"]
