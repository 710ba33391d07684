"""What accounts throws away."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import EmailCode, RefreshToken, Session
from ops.housekeeping import chore

KEEP_ENDED = timedelta(days=30)


def register() -> None:
    chore("codes", lambda: EmailCode.objects.filter(expires_at__lt=timezone.now()))
    chore("refresh_tokens", lambda: RefreshToken.objects.filter(expires_at__lt=timezone.now()))
    chore("sessions", lambda: Session.objects.filter(ended_at__lt=timezone.now() - KEEP_ENDED))
