"""`manage.py bench ranking`: the exact search beside one reading of all embeddings, in one process and one thread.

Processor time, so that other work on the machine counts as little as can be; the order of subjects alternates within every
viewer. The population is made of numbers (`crowd`), the matrix and the vocabulary are those of the database.
"""

import contextlib
import importlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.test.utils import override_settings

from accounts.vocabulary.selectors import vocabulary
from matching import matrix
from matching.bench.crowd import crowd, features, viewer
from matching.ranking import exact, lens, snapshot
from matching.ranking.filters import Filters
from matching.ranking.population import COLUMNS, Population
from matching.ranking.search import EVERYBODY, NOBODY_S_KEY, Search, keys
from matching.ranking.viewer import Key, Viewer
from matching.score import Features, Tables, score
from ops.benching import Figure, Options, figure

SIZES = (10_000, 100_000, 1_000_000)
VIEWERS, TOP, CHECKED, PURE_SAMPLE = 50, 50, 3, 300
SUBJECT, BASELINE = "alliv", "vecdot"


def filters(people: Population) -> dict[str, Filters]:
    return {
        "no-filter": Filters(),
        "field": Filters(field=(people.fields.things[3],)),
        "country": Filters(country=("C1",)),
        "experience+remote": Filters(experience_min=3, remote=True),
        "skill": Filters(skills=(people.skill_keys[20],)),
    }


def run(options: Options) -> Iterator[Figure]:
    for size in [options["members"]] if options["members"] else SIZES:
        yield from measured(size, options["rounds"] or VIEWERS)


def measured(size: int, viewers: int) -> Iterator[Figure]:
    people, tables = crowd(vocabulary(), size), matrix.tables()
    rows = np.random.default_rng(3).integers(0, size, viewers).tolist()
    looking = [viewer(people, row) for row in rows]
    yield from searches(people, tables, looking)
    yield from baselines_beside(people, tables, looking)
    yield wrong(people, tables, looking[:CHECKED])
    yield from upkeep(people)


def cpu_ms(act: Callable[..., Any], *arguments: Any) -> float:
    started = time.process_time()
    act(*arguments)
    return (time.process_time() - started) * 1000


def scan_texts(people: Population, someone: Viewer) -> Any:
    """What similarity of texts alone costs: every cosine, and the best of them."""
    mine = someone.features.embedding if someone.features.embedding is not None else people["embedding"][0]
    cosines = np.vecdot(people["embedding"], mine)
    return np.argpartition(-cosines, TOP)[:TOP]


def best(people: Population, tables: Tables, someone: Viewer, asked: Filters) -> list[Key]:
    return Search(people, tables, someone, asked).after(TOP)[0]


def searches(people: Population, tables: Tables, looking: list[Viewer]) -> Iterator[Figure]:
    asked = filters(people)
    best(people, tables, looking[0], asked["skill"])  # compiled, and the tables of the version made
    samples: dict[str, list[float]] = {case: [] for case in [BASELINE, *asked]}
    for number, someone in enumerate(looking):
        turn = number % len(samples)  # who comes after the one that fills the caches with texts is another one each time
        for case in [*list(samples)[turn:], *list(samples)[:turn]]:
            act = (scan_texts, people, someone) if case == BASELINE else (best, people, tables, someone, asked[case])
            samples[case].append(cpu_ms(*act))
    baseline = samples[BASELINE]
    yield figure(f"{people.count}/all-texts", BASELINE, baseline, metric="cpu_ms", unit="ms")
    samples["first-question"] = [first_question(people, tables, someone) for someone in looking]
    for case in [*asked, "first-question"]:
        yield figure(f"{people.count}/{case}", SUBJECT, samples[case], metric="cpu_ms", unit="ms", baseline=(BASELINE, baseline))


def first_question(people: Population, tables: Tables, someone: Viewer) -> float:
    """Without a filter, nothing made for the viewer yet, and the processor's caches full of other things: the dearest there is."""
    lens.forget()
    scan_texts(people, someone)
    return cpu_ms(best, people, tables, someone, Filters())


def baselines_beside(people: Population, tables: Tables, looking: list[Viewer]) -> Iterator[Figure]:
    """Other ways to rank, beside the same baseline: an exact index of texts if it is installed, and the pure function in a loop."""
    baseline = [cpu_ms(scan_texts, people, someone) for someone in looking[:15]]
    case, beside = f"{people.count}/all-texts", (BASELINE, baseline)
    with contextlib.suppress(ImportError):
        index = flat_index(people)
        flat = [cpu_ms(index.search, vector_of(people, someone), TOP) for someone in looking[:15]]
        yield figure(case, "faiss Flat", flat, metric="cpu_ms", unit="ms", baseline=beside)
    sample = [features(people, row) for row in range(0, people.count, max(1, people.count // PURE_SAMPLE))]
    loops = [cpu_ms(pure_loop, someone, sample, tables) * people.count / len(sample) for someone in looking[:5]]
    case = f"{people.count}/no-filter"
    yield figure(case, "pure function (extrapolated)", loops, metric="cpu_ms", unit="ms", baseline=beside)


def flat_index(people: Population) -> Any:
    """Raises ImportError where it is not installed."""
    faiss: Any = importlib.import_module("faiss")
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(people["embedding"].shape[1])
    index.add(people["embedding"])
    return index


def pure_loop(someone: Viewer, others: list[Features], tables: Tables) -> list[float]:
    return [score(someone.features, other, tables).total for other in others]


def vector_of(people: Population, someone: Viewer) -> Any:
    mine = someone.features.embedding if someone.features.embedding is not None else people["embedding"][0]
    return np.ascontiguousarray(mine[None, :])


def wrong(people: Population, tables: Tables, looking: list[Viewer]) -> Figure:
    """How many of the best differ from those found by evaluating everybody: none."""
    differences = []
    for someone in looking:
        for asked in filters(people).values():
            search = Search(people, tables, someone, asked)
            differences.append(float(search.after(TOP)[0] != exhaustive(search, people)))
    return figure(f"{people.count}/all-cases", SUBJECT, differences, metric="wrong", unit="lists")


def exhaustive(search: Search, people: Population) -> list[Key]:
    """Everybody's exact total, without a bound."""
    groups, places = people["group"], people["place"]
    rows = np.flatnonzero(search.lens.group_part[groups] + search.lens.place_part[places] > 0).astype(np.uint32)
    most, totals, best = np.full(len(rows), 9.0, np.float32), np.empty(TOP), np.empty(TOP, np.int64)
    held = exact.evaluate(search.columns, search.lens, search.asked, rows, most, -1.0, 0, NOBODY_S_KEY, totals, best, EVERYBODY)
    return keys(*exact.in_order(people["id_high"], people["id_low"], totals[:held], best[:held]))


def upkeep(people: Population) -> Iterator[Figure]:
    """What a member costs, what a start costs, and what a change costs."""
    size = sum(np.dtype(kind).itemsize for kind in COLUMNS.values())
    index = people.sorted_rows.nbytes + people._sorted_high.nbytes + people.by_group.nbytes + people.group_starts.nbytes
    yield figure(f"{people.count}/memory", SUBJECT, [size + index / people.count], metric="bytes", unit="bytes a member")
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder, override_settings(VAR_DIR=Path(folder)):
        snapshot.save(people)
        starts = []
        for _ in range(3):
            began = time.perf_counter()
            mapped = snapshot.mapped(lambda as_of: True)
            starts.append(time.perf_counter() - began)
        assert mapped is not None
        yield figure(f"{people.count}/ready-from-snapshot", SUBJECT, starts, metric="wall_s", unit="s")
        changes = [
            cpu_ms(lambda row=row: mapped.derive(slice(row, row + 1))) for row in range(0, mapped.count, max(1, mapped.count // 200))
        ]
        yield figure(f"{people.count}/one-change", SUBJECT, changes, metric="cpu_ms", unit="ms")
