"""Ranking by candidates from PostgreSQL: for more members than one machine should hold in memory.

The index names those whom the cheap parts of the score put first, and those whose texts are nearest. Their rows are read into the
process's columns, which then hold everybody who was ever named, and the exact search ranks all of these. So scores, order, filters
and explanations are those of the search in memory; who is never named is missed, and `manage.py bench recall` counts them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Profile
from accounts.places import distance_km
from accounts.vocabulary.selectors import Vocabulary
from matching.ranking import index
from matching.ranking.filters import Filters, must_haves_as_filters, satisfies
from matching.ranking.lens import ground
from matching.ranking.population import Population, Stamp
from matching.ranking.published import published
from matching.ranking.records import records
from matching.ranking.search import Look, Question, look
from matching.score import NEUTRAL, Vector

# How many a question asks for at first, how much more when they do not fill the page, and how many at most.
DEPTH, MORE, DEEPEST = 2000, 4, 32_000
NEAREST = 300
# A process that holds more begins anew.
ROOM = 200_000
# About what a hit adds, as a share of its factor's weight. It decides who is named, never how somebody scores.
LIKELY_SKILLS, LIKELY_WORDS = 0.2, 0.2
Condition = tuple[str, list[Any]]


class Candidates(Population):
    """Columns of those members who were asked for."""

    @property
    def is_full(self) -> bool:  # type: ignore[override]
        return self.count > ROOM

    def of_interest(self, changed: Iterable[UUID]) -> Iterable[UUID]:
        return [member_id for member_id in changed if member_id in self]

    def stamps(self, member_ids: Sequence[UUID]) -> dict[UUID, Stamp]:
        self.hold(member_ids)
        return super().stamps(member_ids)

    def hold(self, member_ids: Iterable[UUID]) -> None:
        """Reads the rows of those who have none yet."""
        with self.lock:
            for some in index.batches(member_id for member_id in dict.fromkeys(member_ids) if member_id not in self):
                self.append_many(records(Profile.objects.filter(member_id__in=some)))


def look_among(people: Candidates, asked: Question) -> Look:
    """`search.look` over everybody who has been named, this question's candidates among them."""
    index.catch_up()
    depth, conditions = DEPTH, list(conditions_of(people.known, asked))
    with people.lock:
        parts = list(parts_of(people, asked))
    people.hold(nearest(asked.viewer.features.embedding, conditions))
    while True:
        named = first_by(parts, conditions, depth)
        people.hold(named)
        found = look(people, replace(asked, counted=False))
        if found.has_next or len(named) < depth or depth >= DEEPEST:
            break
        depth *= MORE
    return found._replace(total=counted(conditions)) if asked.counted else found


def first_by(parts: list[Condition], conditions: list[Condition], depth: int) -> list[UUID]:
    """Those who come first by the sum of these parts."""
    where, values = joined_by(" AND ", conditions)
    total, shares = joined_by(" + ", parts)
    query = f"SELECT c.member_id FROM matching_index c WHERE {where} ORDER BY {total} DESC, c.member_id LIMIT {depth}"  # noqa: S608
    return rows_of(query, [*values, *shares])


def nearest(text: Vector | None, conditions: list[Condition]) -> list[UUID]:
    if text is None:
        return []
    where, values = joined_by(" AND ", conditions)
    query = f"""
        SELECT member_id FROM matching_index_text t JOIN matching_index c USING (member_id)
        WHERE {where} ORDER BY t.text <#> %s::halfvec LIMIT {NEAREST}
    """  # noqa: S608 - made of constants; what members wrote comes as parameters
    return rows_of(query, [*values, index.literal(text)])


def rows_of(query: str, values: list[Any]) -> list[UUID]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hnsw.iterative_scan = relaxed_order")
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


def counted(conditions: list[Condition]) -> int:
    where, values = joined_by(" AND ", conditions)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM matching_index c WHERE {where}", values)  # noqa: S608 - as above
        return int(cursor.fetchone()[0])


def joined_by(word: str, pieces: list[Condition]) -> Condition:
    return word.join(sql for sql, _ in pieces), [value for _, values in pieces for value in values]


# --- What a score reads cheaply ---


def parts_of(people: Candidates, asked: Question) -> Iterator[Condition]:
    """The weighted parts of group and place, and about what skills and words add. Hold the population's lock."""
    maker, _ = ground(people, published(people, asked.tables), asked.viewer, Filters())
    me, weights = asked.viewer.features, asked.tables.weights
    fields = dict(zip(people.fields.things, maker.field_parts().tolist(), strict=True))
    yield "coalesce((%s::jsonb ->> c.field)::float8, 0)", [json.dumps(fields)]
    *levels, missing = maker.experience_parts().tolist()
    yield "(%s::float8[])[c.experience + 2]", [[missing, *levels]]
    yield "(%s::float8[])[c.hours + 1]", [maker.hours_parts().tolist()]
    yield (
        """%s * CASE WHEN %s AND c.remote THEN 0.9
            WHEN c.country <> '' AND c.country = %s THEN CASE WHEN c.city <> '' AND c.city = %s THEN 1.0 ELSE 0.8 END
            WHEN abs(c.utc_offset - %s) <= 60 THEN 0.7 WHEN abs(c.utc_offset - %s) <= 180 THEN 0.55
            WHEN abs(c.utc_offset - %s) IS NOT NULL THEN 0.4 ELSE %s END""",
        [weights["location"], me.remote_only, me.country, me.city, *[me.utc_offset] * 3, NEUTRAL],
    )
    likely = weights["skills"] * LIKELY_SKILLS
    yield "%s * (c.skills && %s::text[])::int", [likely, spellings(people.known, me.wanted)]
    yield "%s * (c.wanted && %s::text[])::int", [likely, spelt(people.known, me.skills | homes(people.known, me.skills))]
    yield "%s * (c.shared_words && %s::text[])::int", [weights["values"] * LIKELY_WORDS, [*me.values, *me.work_styles]]


def spellings(known: Vocabulary, keys: Iterable[str]) -> list[str]:
    """Every spelling of these skills, and of a category's skills."""
    wanted = set(keys)
    fine = {key for key, skill in known.skills.items() if key in wanted or skill.category in wanted}
    return spelt(known, fine)


def homes(known: Vocabulary, keys: Iterable[str]) -> frozenset[str]:
    """The categories of these skills."""
    return frozenset(known.skills[key].category for key in keys if key in known.skills)


# --- What a question asks for ---


def conditions_of(known: Vocabulary, asked: Question) -> Iterator[Condition]:
    """The same as the search asks, so that counts are exact."""
    viewer = asked.viewer
    yield "c.listed AND c.suspended_until <= extract(epoch FROM now())", []
    yield "c.member_id <> ALL(%s::uuid[])", [[viewer.member_id, *viewer.excluded]]
    for filters in (asked.filters, viewer.must_haves):
        yield from conditions_of_filters(known, filters, asked)
    refusing = [must for must in distinct("must_haves") if not satisfies(viewer.facts, must_haves_as_filters(json.loads(must)))]
    if refusing:
        yield "c.must_haves <> ALL(%s::text[])", [refusing]


def conditions_of_filters(known: Vocabulary, filters: Filters, asked: Question) -> Iterator[Condition]:
    if filters.field:
        yield "c.field = ANY(%s::text[])", [list(filters.field)]
    if filters.experience_min is not None:
        yield "c.experience >= %s", [filters.experience_min]
    if filters.experience_max is not None:
        yield "c.experience BETWEEN 0 AND %s", [filters.experience_max]
    if filters.min_hours is not None:
        yield "c.hours >= %s", [filters.min_hours]
    if filters.remote is not None:
        yield "c.remote = %s", [filters.remote]
    if filters.country:
        yield "c.country = ANY(%s::text[])", [[name.casefold() for name in filters.country]]
    if filters.language:
        yield "c.languages && %s::text[]", [list(filters.language)]
    if filters.has_photo:
        yield "c.has_photo", []
    if filters.online:
        yield "c.member_id = ANY(%s::uuid[])", [list(asked.online)]
    if filters.within_km is not None:
        yield "c.cell = ANY(%s::text[])", [cells_within(asked.viewer.cell, filters.within_km)]
    if filters.wanted_by_them:
        mine = asked.viewer.features.skills
        yield "c.wanted && %s::text[]", [spelt(known, mine | homes(known, mine))]
    if filters.skills:
        for keys in [[key] for key in filters.skills] if filters.skills_mode == "all" else [filters.skills]:
            yield "c.skills && %s::text[]", [spellings(known, keys)]


def spelt(known: Vocabulary, keys: Iterable[str]) -> list[str]:
    """Every spelling of just these."""
    wanted = set(keys)
    return sorted(spelling for spelling in known.spellings if known.key_of(spelling) in wanted)


def cells_within(cell: str, kilometres: float) -> list[str]:
    return [other for other in distinct("cell") if cell and distance_km(cell, other) <= kilometres]


def distinct(column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {column} FROM matching_index WHERE {column} <> ''")  # noqa: S608 - a name from here
        return [row[0] for row in cursor.fetchall()]
