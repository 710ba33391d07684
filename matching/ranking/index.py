"""An index of everybody in PostgreSQL: what the cheap parts of a score read, and the texts' vectors behind pgvector's HNSW.

It keeps up as the columns of every process do: by the notes of change, after each commit and before each look. It belongs to no
migration, because it needs an extension and only RANKING_BACKEND=pgvector wants it: the first look promises a job that makes it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Profile
from accounts.vocabulary.words import canonical
from matching.features import MAX_HOURS, utc_offset, vector
from matching.ranking.codes import MISSING
from matching.ranking.notes import REVISION, changed_between, mark_of
from matching.ranking.population import is_listed, suspended_until
from matching.ranking.records import AT_ONCE, records
from matching.score import LEVELS, Vector
from ops import jobs, revisions
from ops.errors import Unavailable

LOCK = 4_211_970_386
TABLES = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS matching_index_state (as_of text NOT NULL);
CREATE TABLE IF NOT EXISTS matching_index (
    member_id uuid PRIMARY KEY, listed boolean NOT NULL, suspended_until float8 NOT NULL,
    field text NOT NULL, experience smallint NOT NULL, hours smallint NOT NULL, remote boolean NOT NULL,
    country text NOT NULL, city text NOT NULL, utc_offset smallint, cell text NOT NULL,
    skills text[] NOT NULL, wanted text[] NOT NULL, shared_words text[] NOT NULL, languages text[] NOT NULL,
    has_photo boolean NOT NULL, must_haves text NOT NULL
);
CREATE INDEX IF NOT EXISTS matching_index_field ON matching_index (field, experience);
CREATE INDEX IF NOT EXISTS matching_index_cell ON matching_index (cell);
CREATE INDEX IF NOT EXISTS matching_index_must_haves ON matching_index (must_haves) WHERE must_haves <> '';
CREATE TABLE IF NOT EXISTS matching_index_text (member_id uuid PRIMARY KEY, text halfvec(384) NOT NULL);
CREATE INDEX IF NOT EXISTS matching_index_nearest ON matching_index_text USING hnsw (text halfvec_ip_ops);
"""
COLUMNS = (
    "member_id", "listed", "suspended_until", "field", "experience", "hours", "remote", "country", "city", "utc_offset", "cell",
    "skills", "wanted", "shared_words", "languages", "has_photo", "must_haves",
)  # fmt: skip


class NotYet(Unavailable):
    detail = "The ranking is being prepared. Try again in a few minutes."


def catch_up() -> None:
    """Brings the index to the last committed change. Promises a job where the notes do not reach back to what it knows.

    While another process does the same, the index is used as it is: whoever left since is left out by the exact search.
    Raises NotYet before there is one.
    """
    with transaction.atomic():
        revision = revisions.current().get(REVISION, 0)
        if (held := state()) == (revision, mark_of(revision)):
            return
        changes = changed_between(held[0], revision) if held is not None and is_true(*held) else None
        if changes is None:
            jobs.promise("matching.ranking.index.rebuild", once=True)
        elif is_mine(wait=False) and state() == held:
            write_again(changes[0])
            remember(revision, changes[1])
    if held is None:
        raise NotYet


@transaction.atomic
def rebuild() -> None:
    """Everybody, from the database; a job. Until it is done, others read the index as it was."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        is_mine(wait=True)
        cursor.execute(TABLES)
        revision = revisions.current().get(REVISION, 0)
        for table in ("matching_index", "matching_index_text"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a name from here
        write(records(Profile.objects.all()))
        remember(revision, mark_of(revision))
        cursor.execute("ANALYZE matching_index, matching_index_text")


def is_true(number: int, mark: str) -> bool:
    """Whether the change that the index knows of last is one of this database; before the first there is none."""
    return mark == mark_of(number) and bool(mark or number == 0)


def is_mine(*, wait: bool) -> bool:
    """Takes the index's lock until the transaction ends; False when somebody else has it and nobody waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)" if wait else "SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return wait or bool(cursor.fetchone()[0])


def remember(revision: int, mark: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM matching_index_state")
        cursor.execute("INSERT INTO matching_index_state VALUES (%s)", [f"{revision}:{mark}"])


def state() -> tuple[int, str] | None:
    """The last change the index knows of: its number and mark; None before there is an index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('matching_index_state')")
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute("SELECT as_of FROM matching_index_state")
        row = cursor.fetchone()
    if row is None:
        return None
    number, _, mark = row[0].partition(":")
    return int(number), mark


def write_again(changed: Iterable[UUID]) -> None:
    """Their rows as they are now; who left has none."""
    for some in batches(changed):
        with connection.cursor() as cursor:
            for table in ("matching_index", "matching_index_text"):
                cursor.execute(f"DELETE FROM {table} WHERE member_id = ANY(%s)", [some])  # noqa: S608 - a name from above
        write(records(Profile.objects.filter(member_id__in=some)))


def write(rows: Iterator[Mapping[str, Any]]) -> None:
    """Adds members that are not there."""
    places = ", ".join(["%s"] * len(COLUMNS))
    for some in batches(rows):
        texts = [(row["member_id"], text) for row in some if (text := vector(row["member__embedding__vector"])) is not None]
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO matching_index ({', '.join(COLUMNS)}) VALUES ({places})", [entry(row) for row in some])  # noqa: S608
            cursor.executemany("INSERT INTO matching_index_text VALUES (%s, %s)", [(member_id, literal(text)) for member_id, text in texts])


def batches(things: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(things)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def literal(text: Vector) -> str:
    """A vector as PostgreSQL reads it."""
    return "[" + ",".join(f"{number:.5g}" for number in text.tolist()) + "]"


def entry(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """In the order of COLUMNS. Words are canonical, skills as they were written: what they mean is the question's business."""
    must_haves = row["must_haves"]
    return (
        row["member_id"],
        is_listed(row),
        suspended_until(row),
        row["field__slug"] or "",
        LEVELS.get(row["experience_level"], MISSING),
        min(row["hours_per_week"] or 0, MAX_HOURS),
        row["remote_only"],
        canonical(row["country"]),
        canonical(row["city"]),
        utc_offset(row["timezone"]),
        row["cell"],
        list(map(canonical, row["skills"])),
        list(map(canonical, row["wanted_skills"])),
        list(map(canonical, [*row["values"], *row["work_styles"]])),
        list(map(canonical, row["languages"])),
        row["has_photo"],
        json.dumps(must_haves, sort_keys=True) if must_haves else "",
    )
