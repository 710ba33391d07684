"""`manage.py bench preview`: what a draft of the matrix would do to sixteen of many made-up people; all but the reading of cards."""

import time
from collections.abc import Iterator
from dataclasses import replace

from accounts.vocabulary.selectors import vocabulary
from matching import matrix
from matching.bench.crowd import crowd, features, viewer
from matching.curation.preview import FIRST, SAMPLE, parts, sample
from matching.ranking.filters import Filters
from matching.ranking.population import Population
from matching.ranking.search import Question, look
from matching.ranking.viewer import Viewer
from matching.score import Tables, score
from ops.benching import Figure, Options, figure

MEMBERS, ROUNDS = 100_000, 7


def run(options: Options) -> Iterator[Figure]:
    people, rounds = crowd(vocabulary(), options["members"] or MEMBERS), options["rounds"] or ROUNDS
    now = matrix.tables()
    looking = [viewer(people, row) for row in range(0, people.count, people.count // SAMPLE)][:SAMPLE]
    once(people, now, changed(now), looking)  # compiles
    samples = [once(people, now, changed(now), looking) for _ in range(rounds)]
    yield figure(f"{people.count}/{SAMPLE}-members", "preview", samples, metric="wall_s", unit="s")


def changed(now: Tables) -> Tables:
    """Two pairs of categories worth less; a new object each time, as a draft is."""
    return replace(now, skill_pairs={**now.skill_pairs, ("backend", "frontend"): 0.4, ("backend", "devops"): 0.2})


def once(people: Population, now: Tables, then: Tables, looking: list[Viewer]) -> float:
    began = time.perf_counter()
    sample(people, now, then, SAMPLE)
    for someone in looking:
        before, after = ([key.member_id for key in look(people, asked(someone, tables)).keys] for tables in (now, then))
        for member_id in dict.fromkeys([*after, *before]):
            row = people.row(member_id)
            assert row is not None
            theirs = features(people, row)
            list(parts(*(score(someone.features, theirs, tables) for tables in (now, then))))
    return time.perf_counter() - began


def asked(someone: Viewer, tables: Tables) -> Question:
    return Question(someone, tables, Filters(), [], FIRST, None, None, False)
