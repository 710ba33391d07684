"""What the chat throws away."""

from django.utils import timezone

from chat.models import Ticket
from ops.housekeeping import chore


def register() -> None:
    chore("tickets", lambda: Ticket.objects.filter(expires_at__lte=timezone.now()))
