"""Brings what rankings are made from up to date: vectors of changed texts, and every process's columns."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from accounts.models import Profile
from matching import embedding
from matching.ranking import loading
from ops.exits import FAILED
from ops.terminal import Progress

BATCH = 1000


class Command(BaseCommand):
    help = "Embeds texts that are newer than their vector, and makes every process read all members again. Exits 1 when the model fails."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the counts as one JSON object.")
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        outdated = embedding.stale_profiles().count() if settings.EMBEDDINGS_ENABLED else 0
        embedded = 0 if dry_run else self.embed(outdated)
        members = Profile.objects.count() if dry_run else reload_everybody()
        if options["json"]:
            self.stdout.write(json.dumps({"outdated": outdated, "embedded": embedded, "members": members, "dry_run": dry_run}))

    def embed(self, outdated: int) -> int:
        """How many texts were read. A profile that changed without its text is looked at and keeps its vector."""
        if not outdated:
            return 0
        try:
            return embedding.embed_outdated(Progress("Embeddings", outdated) if sys.stderr.isatty() else lambda done: None)
        except (RuntimeError, OSError) as error:
            sys.stderr.write(f"The embedding process failed ({error}); what it did so far stays, and the job tries again.\n")
            sys.exit(FAILED)


def reload_everybody() -> int:
    """Notes of change for all members, a batch at a time; how many members."""
    noted, rest = 0, Profile.objects.order_by("member_id").values_list("member_id", flat=True)
    while ids := list(rest[:BATCH]):
        loading.note_change(Profile, ids)
        noted, rest = noted + len(ids), rest.filter(member_id__gt=ids[-1])
    return noted
