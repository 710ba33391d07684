"""Pairs of matched people in an empty database, as JSON with what they sign in with; for `manage.py shell -c`."""

import json
import sys
from typing import Any

from django.db import transaction

from accounts import sessions, tokens
from accounts.models import Session
from chat.drills.conversation import matched, somebody


def tell(pairs: int) -> None:
    sys.stdout.write(json.dumps([person for number in range(pairs) for person in pair(number)]))


@transaction.atomic
def pair(number: int) -> list[dict[str, Any]]:
    two = somebody(f"Ana{number}"), somebody(f"Ben{number}")
    room = str(matched(*two))
    begun = [(member, sessions.begin(member, Session.Kind.TOKEN, "drill")) for member in two]
    return [{"member": str(member.pk), "room": room, "access": tokens.access_token(session)} for member, session in begun]
