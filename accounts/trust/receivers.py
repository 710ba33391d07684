"""What trust does when accounts has news."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.signals import profile_changed
from accounts.trust import services


def note_profiles(sender: Any, member_ids: Iterable[UUID], **kwargs: Any) -> None:
    services.note_profiles(member_ids)


def connect() -> None:
    profile_changed.connect(note_profiles)
