"""What matching tells the rooms above it, inside the transaction: a failing receiver undoes the whole act.

`matched`    (match: Match) two likes met.
`unmatched`  (match: Match) one of the two left, or blocked the other.
"""

from django.dispatch import Signal

matched = Signal()
unmatched = Signal()
