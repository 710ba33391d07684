"""`vocabulary_changed`: sent inside the transaction that changed a field, a group, a skill or an alias.

`before` and `after` are what the word says about itself (`described`), None for one that was not there or is no more.
"""

from django.dispatch import Signal

vocabulary_changed = Signal()
