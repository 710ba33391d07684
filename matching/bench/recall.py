"""`manage.py bench recall`: how many of the exact best the candidates from PostgreSQL hold, and what either way of looking costs.

It needs a PostgreSQL with pgvector and members in it; without RANKING_BACKEND=pgvector it starts one of its own, with demo members whose
texts are made of numbers.
"""

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from accounts.models import Member, Profile
from matching import selectors
from matching.features import DIMENSIONS
from matching.models import Embedding
from matching.ranking import index, loading
from matching.ranking.candidates import Candidates, look_among
from matching.ranking.filters import Filters
from matching.ranking.notes import REVISION
from matching.ranking.population import Population
from matching.ranking.search import Key, Question, look
from ops import scratch
from ops.benching import Figure, Options, figure

MEMBERS, VIEWERS, TOP = 20_000, 25, 50
CLUSTERS, SPREAD = 500, 1.2


def run(options: Options) -> Iterator[Figure]:
    members, viewers = options["members"] or MEMBERS, options["rounds"] or VIEWERS
    if settings.RANKING_BACKEND == "pgvector":
        return measured(viewers)
    return on_a_server_of_its_own(members, viewers)


def on_a_server_of_its_own(members: int, viewers: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        server = scratch.Postgres(Path(folder) / "postgres")
        try:
            env = scratch.environment(Path(folder), DATABASE_URL=server.url, RANKING_BACKEND="pgvector")
            scratch.run("manage.py", "migrate", "-v0", env=env)
            scratch.run("manage.py", "seed_demo", "--members", str(members), "--no-embeddings", env=env)
            scratch.run("-c", "import django; django.setup(); from matching.bench import recall; recall.invent_texts()", env=env)
            found = scratch.run("manage.py", "bench", "recall", "--rounds", str(viewers), "--json", env=env)
        finally:
            server.stop()
    for line in found.splitlines():
        row = json.loads(line)
        row.pop("bench")
        yield Figure(**row)


def invent_texts() -> None:
    """Vectors in clusters, as texts on the same subject are; then the index, and statistics of the tables."""
    rng = np.random.default_rng(5)
    middles = rng.normal(size=(CLUSTERS, DIMENSIONS))
    everybody = list(Profile.objects.values_list("member_id", "version"))
    with transaction.atomic():
        for some in index.batches(everybody):
            vectors = middles[rng.integers(0, CLUSTERS, len(some))] + SPREAD * rng.normal(size=(len(some), DIMENSIONS))
            vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")
            rows = zip(some, vectors, strict=True)
            Embedding.objects.bulk_create(
                Embedding(member_id=member_id, vector=vector.tobytes(), text_hash="", model="invented", profile_version=version)
                for (member_id, version), vector in rows
            )
            loading.note_change(Embedding, [member_id for member_id, _ in some])
    index.rebuild()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# --- On this database ---


def measured(viewers: int) -> Iterator[Figure]:
    _, took = timed(index.rebuild)
    world = selectors.knowledge()
    everybody = loading.load(world.known, world.numbers.get(REVISION, 0))
    yield figure(f"{everybody.count}/whole-index", "pgvector", [took / 1000], metric="wall_s", unit="s")
    chance = random.Random(4)
    looking = chance.sample(sorted(Member.objects.filter(profile__visibility="public").values_list("pk", flat=True)), viewers)
    readers = [selectors.Reader.of(Member.objects.get(pk=pk), world) for pk in looking]
    for case, filters in cases(everybody).items():
        asked = [Question(selectors.as_viewer(reader), world.tables, filters, (), TOP) for reader in readers]
        yield from compared(f"{everybody.count}/{case}", everybody, asked)


def cases(people: Population) -> dict[str, Filters]:
    return {
        "no-filter": Filters(),
        "field": Filters(field=(people.fields.things[3],)),
        "experience+remote": Filters(experience_min=3, remote=True),
    }


def compared(case: str, everybody: Population, asked: list[Question]) -> Iterator[Figure]:
    """Each question to a process that holds nobody yet, then to one that has answered them all before."""
    exact = [timed(look, everybody, question) for question in asked]
    first = [timed(look_among, empty(everybody), question) for question in asked]
    held = empty(everybody)
    for question in asked:
        look_among(held, question)
    again = [timed(look_among, held, question) for question in asked]
    beside = "memory", [took for _, took in exact]
    for name, found in (("first look", first), ("again", again)):
        recalls = [recall(best.keys, some.keys) for (best, _), (some, _) in zip(exact, found, strict=True)]
        yield figure(case, f"pgvector, {name}", recalls, metric=f"recall@{TOP}", unit="share")
        yield figure(case, f"pgvector, {name}, worst", [min(recalls)], metric=f"recall@{TOP}", unit="share")
    yield figure(case, "memory", beside[1], metric="wall_ms", unit="ms")
    for name, found in (("first look", first), ("again", again)):
        yield figure(case, f"pgvector, {name}", [took for _, took in found], metric="wall_ms", unit="ms", baseline=beside)


def empty(everybody: Population) -> Candidates:
    return Candidates(everybody.known, everybody.revision)


def recall(exact: list[Key], found: list[Key]) -> float:
    best = {key.member_id for key in exact}
    return len(best & {key.member_id for key in found}) / max(len(best), 1)


def timed(act: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    result = act(*arguments)
    return result, (time.perf_counter() - began) * 1000
