"""`python -m chat.bench.people PAIRS TICKETS TICKETS_OF_THE_FIRST`: members who matched, a room each pair, and tickets for all of them.

Prints a list of JSON: [room, [[member, session], [member, session]]] for each pair. The n-th ticket of a member is named by `ticket`.
"""

import json
import sys
from datetime import date, timedelta

import django
from django.utils import timezone

BATCH = 5000


def ticket(member: str, number: int) -> str:
    return f"bench-{member}-{number}"


def main(pairs: int, tickets: int, tickets_of_the_first: int) -> None:
    """Rows without the services: thousands of sign-ups and likes would take longer than the measurement."""
    from accounts.models import Member, Profile, Session
    from accounts.tokens import digest
    from chat.models import Membership, Room, Ticket
    from matching.models import Match

    now = timezone.now()
    members = [
        Member(email=f"bench-{number}@example.org", password="!", birthdate=date(1990, 1, 1), email_verified_at=now)
        for number in range(2 * pairs)
    ]
    members.sort(key=lambda member: member.pk)
    sessions = [Session(member=member, kind=Session.Kind.TOKEN, device="bench") for member in members]
    matches = [Match(member_a=one, member_b=other) for one, other in zip(members[::2], members[1::2], strict=True)]
    rooms = [Room(match=match) for match in matches]
    Member.objects.bulk_create(members, BATCH)
    Profile.objects.bulk_create([Profile(member=member, name="Somebody") for member in members], BATCH)
    Session.objects.bulk_create(sessions, BATCH)
    Match.objects.bulk_create(matches, BATCH)
    Room.objects.bulk_create(rooms, BATCH)
    Membership.objects.bulk_create(
        [
            Membership(room_id=match.pk, member_id=one, peer_id=other)
            for match in matches
            for one, other in ((match.member_a_id, match.member_b_id), (match.member_b_id, match.member_a_id))
        ],
        BATCH,
    )
    expires = now + timedelta(days=1)
    Ticket.objects.bulk_create(
        (
            Ticket(session=session, digest=digest(ticket(str(session.member_id), number)), expires_at=expires)
            for place, session in enumerate(sessions)
            for number in range(tickets_of_the_first if place < 2 else tickets)
        ),
        BATCH,
    )
    seats = [[str(session.member_id), str(session.pk)] for session in sessions]
    print(json.dumps([[str(match.pk), seats[2 * place : 2 * place + 2]] for place, match in enumerate(matches)]))


if __name__ == "__main__":
    django.setup()
    main(*map(int, sys.argv[1:]))
