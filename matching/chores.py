"""What matching throws away."""

from datetime import timedelta

from django.utils import timezone

from matching.models import PopulationChange, UndoneLike
from matching.ranking import loading
from matching.services import DAY
from ops.housekeeping import chore, errand

# A process that slept longer finds notes missing and reads everybody again.
KEEP_NOTES = timedelta(days=1)


def register() -> None:
    chore("undone_likes", lambda: UndoneLike.objects.filter(created_at__lt=timezone.now() - DAY))
    errand("population_snapshots", loading.renew_snapshot)
    chore("population_changes", lambda: PopulationChange.objects.filter(created_at__lt=timezone.now() - KEEP_NOTES))
