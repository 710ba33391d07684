"""What media does when the rooms below it have news."""

from typing import Any

from accounts.models import Member
from accounts.signals import account_closed
from media import services, uploads


def erase_photos(sender: Any, member: Member, **kwargs: Any) -> None:
    services.erase_photos(member)
    uploads.erase(member)


def connect() -> None:
    account_closed.connect(erase_photos)
