"""What moderation does when accounts has news."""

from typing import Any

from accounts.models import Member
from accounts.moderation import services
from accounts.signals import account_closed


def forget(sender: Any, member: Member, **kwargs: Any) -> None:
    services.forget(member)


def connect() -> None:
    account_closed.connect(forget)
