"""What media does when the rooms below it have news."""

from typing import Any

from accounts.models import Member
from accounts.signals import account_closed, photos_named
from media import legacy, services, uploads


def erase_photos(sender: Any, member: Member, **kwargs: Any) -> None:
    services.erase_photos(member)
    uploads.erase(member)


def connect() -> None:
    account_closed.connect(erase_photos)
    photos_named.connect(legacy.keep_addresses)
