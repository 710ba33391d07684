"""What accounts tells the rooms above it, in the past tense.

`profile_changed`  (member_ids: list[UUID]) inside the transaction: anything a score, a card or a listing reads changed.
`account_closed`   (member: Member) inside the transaction, before the rows go.
`members_blocked`  (blocker_id, blocked_id: UUID) inside the transaction.
`presence_hidden`  (member_id: UUID, hidden: bool) inside the transaction.
`photos_named`     (urls: dict[UUID, list[str]]) inside the transaction: where members who came over had their photos.
`access_revoked`   (member_id: UUID, session_ids: list[UUID] | None) after commit; None means every session.
"""

from django.dispatch import Signal

profile_changed = Signal()
account_closed = Signal()
members_blocked = Signal()
presence_hidden = Signal()
photos_named = Signal()
access_revoked = Signal()
