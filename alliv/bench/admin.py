"""`manage.py bench admin`: the staff's lists over a full PostgreSQL, beside counting the table that they show."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from ops.benching import Figure, Options, figure
from ops.exits import PRECONDITION

MEMBERS, ROUNDS, MESSAGES_EACH = 1_000_000, 7, 5
BATCH = 250_000

# An id of version 7: the time, and the number of the row where others have chance.
ID = (
    "(lpad(to_hex((extract(epoch from {at}) * 1000)::bigint), 12, '0') || '7000' || '8' "
    "|| lpad(to_hex({kind}::bigint * 16777216 + {n}), 15, '0'))::uuid"
)
# The last year, evenly.
AT = "(%(now)s::timestamptz - interval '365 days' * (1 - {n}::float8 / {total}))"


def sql(kind: int, total: str = "%(total)s", n: str = "n") -> tuple[str, str]:
    at = AT.format(n=n, total=total)
    return ID.format(at=at, kind=kind, n=n), at


def statements() -> Iterator[tuple[str, int]]:
    """Each with how many rows it makes for a member; `n` counts from `%(first)s` to `%(last)s`."""
    member, joined = sql(1)
    rows = "FROM generate_series(%(first)s, %(last)s) n"
    yield (
        f"""INSERT INTO accounts_member (id, password, is_superuser, email, birthdate, email_verified_at, is_active, is_staff, joined_at)
        SELECT {member}, '!', false, 'member' || n || '@bench.alliv.test', '1990-01-01', {joined}, n %% 1000 > 0, false, {joined} {rows}""",
        1,
    )
    empty = "'[]'::jsonb"
    yield (
        f"""INSERT INTO accounts_profile (member_id, name, headline, bio, role, skills, wanted_skills, interests, "values", work_styles,
        languages, experience_level, remote_only, country, city, timezone, cell, links, visibility, show_presence, must_haves, version,
        updated_at)
        SELECT {member}, 'Member ' || n, 'Builds things', '', 'Developer', {", ".join([empty] * 6)}, 'senior', false, 'PT', 'Lisbon',
        'Europe/Lisbon', '', {empty}, 'public', true, '{{}}'::jsonb, 1, {joined} {rows}""",
        1,
    )
    photo, _ = sql(2)
    yield (
        f"""INSERT INTO media_photo (id, member_id, position, key, width, height, thumbhash, alt, digest, status, version, created_at)
        SELECT {photo}, {member}, 0, 'bench' || n, 640, 480, '', '', '',
        CASE WHEN n %% 500 = 0 THEN 'hidden' ELSE 'ready' END, 1, {joined} {rows}""",
        1,
    )
    match, _ = sql(3)
    other, _ = sql(1, n="(n + 1)")
    there = "WHERE n < %(total)s"
    yield (
        f"INSERT INTO matching_match (id, member_a_id, member_b_id, created_at) SELECT {match}, {member}, {other}, {joined} {rows} {there}",
        1,
    )
    yield (
        f"""INSERT INTO chat_room (match_id, head, last_position, active_at)
        SELECT {match}, {MESSAGES_EACH}, {MESSAGES_EACH}, {joined} {rows} {there}""",
        1,
    )
    yield (
        f"""INSERT INTO chat_membership (id, room_id, member_id, peer_id, read_seq)
        SELECT gen_random_uuid(), {match}, {member}, {other}, 0 {rows} {there}""",
        1,
    )
    yield (
        f"""INSERT INTO chat_message (_id, room_id, sender_id, client_id, position, seq, body, created_at)
        SELECT {ID.format(at=AT.format(n="n", total="%(total)s"), kind="(10 + m)", n="n")}, {match}, {member},
        gen_random_uuid(), m, m, 'Hello', {joined} {rows}, generate_series(1, {MESSAGES_EACH}) m {there}""",
        MESSAGES_EACH,
    )
    mail, _ = sql(4)
    yield (
        f"""INSERT INTO ops_mail (id, purpose, "to", subject, text, html, message_id, request_id, status, attempts, error,
        created_at, sent_at)
        SELECT {mail}, 'verify', 'member' || n || '@bench.alliv.test', 'Your code', '', '', '', '',
        CASE WHEN n %% 1000 = 0 THEN 'dead' ELSE 'sent' END, 1, '', {joined}, {joined} {rows}""",
        1,
    )
    entry, _ = sql(5)
    yield (
        f"""INSERT INTO audit_entry (id, actor_id, act, what, object_id, subject_id, path, request_id, created_at)
        SELECT {entry}, NULL, CASE WHEN n %% 100 = 0 THEN 'change' ELSE 'look' END, 'accounts.member', n::text, {member}, '/admin/',
        'r' || n,
        {joined} {rows}""",
        1,
    )
    report, _ = sql(6)
    yield (
        f"""INSERT INTO moderation_report (id, reporter_id, subject_id, reason, details, evidence, status, created_at)
        SELECT {report}, {member}, {other}, 'spam', 'Advertises', '{{}}'::jsonb, CASE WHEN n %% 20000 = 0 THEN 'open' ELSE 'dismissed' END,
        {joined} {rows} {there} AND n %% 10 = 0""",
        1,
    )


def fill(total: int) -> None:
    """A year of a site of so many members. Foreign keys are checked at the end of each transaction, as always."""
    now = timezone.now()
    for statement, each in statements():
        step = max(1, BATCH // each)
        for first in range(1, total + 1, step):
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")
                cursor.execute(statement, {"first": first, "last": min(total, first + step - 1), "total": total, "now": now})
        say(statement.split()[2])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def say(table: str) -> None:
    sys.stderr.write(f"filled {table}\n")


def run(options: Options) -> Iterator[Figure]:
    if connection.vendor != "postgresql":
        sys.stderr.write("This measures PostgreSQL: set DATABASE_URL to an empty, migrated database.\n")
        sys.exit(PRECONDITION)
    members, rounds = options["members"] or MEMBERS, options["rounds"] or ROUNDS
    if not Member.objects.filter(email__endswith="@bench.alliv.test").exists():
        if Member.objects.count() > 10:
            sys.stderr.write("This database is somebody's: a measurement wants one of its own.\n")
            sys.exit(PRECONDITION)
        fill(members)
    staff = Member.objects.filter(email="staff@bench.alliv.test").first() or Member.objects.create_superuser("staff@bench.alliv.test")
    client = Client()
    client.force_login(staff, backend=settings.AUTHENTICATION_BACKENDS[0])
    with override_settings(LIMITS_ENABLED=False, ALLOWED_HOSTS=["*"]):
        yield from lists(client, members, rounds)


def lists(client: Client, members: int, rounds: int) -> Iterator[Figure]:
    some = f"member{members // 2}@bench.alliv.test"
    asked = {
        "accounts_member": ["", "p=100", f"q={some}", "q=Member 4711", "is_staff__exact=1", "is_active__exact=0", "o=1"],
        "media_photo": ["", "p=100", f"q={some}", "status__exact=hidden"],
        "moderation_case": [""],
        "moderation_report": ["", f"q={some}", "status__exact=open"],
        "chat_room": ["", "p=100", f"q={some}", "reported=open"],
        "ops_mail": ["", f"q={some}", "status__exact=dead"],
        "audit_entry": ["", "p=100", f"q={some}", "act__exact=change", "q=r4711"],
        "matching_match": ["", "p=100"],
    }
    for model, queries in asked.items():
        for query in queries:
            address = reverse(f"admin:{model}_changelist") + f"?{query}"
            yield measured(f"{members}/{model}{'?' + query if query else ''}", partial(answered, client, address), rounds)
    first, *warm = timed(lambda: answered(client, reverse("admin:index")), rounds + 1)
    yield figure(f"{members}/home, first look of a day", "admin", [first], metric="wall_ms", unit="ms")
    yield figure(f"{members}/home", "admin", warm, metric="wall_ms", unit="ms")


def answered(client: Client, address: str) -> None:
    status = client.get(address, follow=True).status_code
    if status != 200:
        raise RuntimeError(f"{address} answered {status}")


def timed(act: Callable[[], None], rounds: int) -> list[float]:
    samples = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        samples.append((time.perf_counter() - began) * 1000)
    return samples


def measured(case: str, act: Callable[[], None], rounds: int) -> Figure:
    """Without the first: it compiles templates and warms the database, which a site at work has done."""
    samples = timed(act, rounds + 1)[1:]
    assert statistics.median(samples) > 0
    return figure(case, "admin", samples, metric="wall_ms", unit="ms")
