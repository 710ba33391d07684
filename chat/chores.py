"""What the chat throws away."""

from django.utils import timezone

from chat import places
from chat.models import Ticket
from ops.housekeeping import chore, errand


def register() -> None:
    chore("tickets", lambda: Ticket.objects.filter(expires_at__lte=timezone.now()))
    errand("messages", places.sweep)
