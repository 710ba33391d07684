"""`vocabulary_changed`: sent inside the transaction that changed a field, a skill or an alias."""

from django.dispatch import Signal

vocabulary_changed = Signal()
