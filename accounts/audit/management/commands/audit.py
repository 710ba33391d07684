"""Prints what staff did and looked at."""

import json
import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.audit.models import Entry
from accounts.audit.selectors import entries
from ops.arguments import whole


class Command(BaseCommand):
    help = "Prints what members of staff did and looked at, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--actor", default="", help="The address of a member of staff.")
        parser.add_argument("--act", default="", choices=Entry.Act.values, help="Only acts of this kind.")
        parser.add_argument("--about", default="", help="The address of a member, or the id of any row.")
        parser.add_argument("--request", default="", help="The id of a request.")
        parser.add_argument("--days", type=whole(1, 36_500), help="Only so many days back.")
        parser.add_argument("--limit", type=whole(1), default=100, help="At most so many; 100 unless told otherwise.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line, with what was before and after.")

    def handle(self, *args: Any, days: int | None, limit: int, **options: Any) -> None:
        since = timezone.now() - timedelta(days=days) if days else None
        wanted = {name: options[name] for name in ("actor", "act", "about", "request")}
        found = entries(**wanted, since=since)[:limit]
        if not found and not options["json"]:
            sys.stderr.write("The audit has nothing of that kind.\n")
        for entry in found:
            self.stdout.write(json.dumps(as_dict(entry), ensure_ascii=False) if options["json"] else as_text(entry))


def as_dict(entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.pk),
        "created_at": entry.created_at.isoformat().replace("+00:00", "Z"),
        "actor": entry.actor.email if entry.actor else None,
        "act": entry.act,
        "what": entry.what,
        "object_id": entry.object_id,
        "about": entry.subject.email if entry.subject else None,
        "path": entry.path,
        "before": entry.before,
        "after": entry.after,
        "request_id": entry.request_id,
    }


def as_text(entry: Entry) -> str:
    shown = as_dict(entry)
    about = shown["about"] or shown["object_id"] or "–"
    where = entry.what or entry.path
    return f"{shown['created_at']:27}  {shown['actor'] or '(left)':30}  {entry.act:7} {where:40} {about:38} {entry.request_id}"
