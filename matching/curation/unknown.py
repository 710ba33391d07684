"""Words that members named and nobody knows: how many members, what they are close to, and the three things a curator can say.

Closeness is that of the embedding model where it has read the words, in a job; until then, and without the model, that of their letters.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Member, Profile
from accounts.vocabulary.models import Skill, SkillAlias, UnknownSkill
from accounts.vocabulary.selectors import SkillEntry, Vocabulary, vocabulary
from accounts.vocabulary.words import canonical
from matching import embedding, matrix
from matching.curation.models import WordVector
from matching.features import vector
from matching.ranking.candidates import Candidates
from matching.ranking.loading import population
from ops import jobs
from ops.errors import Invalid, NotFound

NEAREST, SHORTLIST, CHECKED = 3, 40, 5000
JOB = "matching.curation.unknown.embed_words"


@dataclass(frozen=True)
class Waiting:
    """A word in the queue. `members` is None where counting would take too long."""

    word: UnknownSkill
    members: int | None
    nearest: list[SkillEntry]


def queue(*, rejected: bool = False) -> QuerySet[UnknownSkill]:
    return UnknownSkill.objects.filter(rejected_at__isnull=not rejected).order_by("created_at", "name")


def described(words: Sequence[UnknownSkill]) -> list[Waiting]:
    known = vocabulary()
    members, near = counts(words), nearest(words, known)
    return [Waiting(word, members.get(word.key), near[word.key]) for word in words]


# --- How many ---


def counts(words: Iterable[UnknownSkill]) -> dict[str, int]:
    """Members who name each word now. The columns in memory know who named it once; their profiles say who still does."""
    people = population()
    if isinstance(people, Candidates):  # knows few
        return {}
    with people.lock:
        rows = {word.key: set(people.strangers.get(word.key, ())) for word in words}
        wanted = {row for found in rows.values() for row in found}
        if len(wanted) > CHECKED:
            return {}
        ids = {row: people.member_id(row) for row in wanted}
    profiles = Profile.objects.filter(member_id__in=ids.values()).values_list("member_id", "skills", "wanted_skills")
    named = {member_id: {canonical(name) for name in [*brings, *seeks]} for member_id, brings, seeks in profiles}
    return {key: sum(key in named.get(ids[row], ()) for row in found) for key, found in rows.items()}


# --- What they are close to ---


def nearest(words: Sequence[UnknownSkill], known: Vocabulary) -> dict[str, list[SkillEntry]]:
    entries = list(known.skills.values())
    keys = [entry.key for entry in entries]
    vectors = read_vectors([*keys, *(word.key for word in words)])
    if settings.EMBEDDINGS_ENABLED and len(vectors) < len(keys) + len(words):
        jobs.promise(JOB, once=True)
    there = [entry for entry in entries if entry.key in vectors]
    table = np.array([vectors[entry.key] for entry in there], np.float32)
    return {
        word.key: by_meaning(vectors[word.key], table, there) if word.key in vectors and there else by_letters(word.key, entries)
        for word in words
    }


def read_vectors(keys: Iterable[str]) -> dict[str, npt.NDArray[np.float32]]:
    rows = WordVector.objects.filter(key__in=list(keys), model=embedding.MODEL).values_list("key", "vector")
    return {key: made for key, raw in rows if (made := vector(raw)) is not None}


def by_meaning(mine: npt.NDArray[np.float32], table: npt.NDArray[np.float32], entries: list[SkillEntry]) -> list[SkillEntry]:
    best = np.argsort(-(table @ mine), kind="stable")[:NEAREST]
    return [entries[place] for place in best]


def by_letters(key: str, entries: list[SkillEntry]) -> list[SkillEntry]:
    """The quick ratio looks at letters only and leaves a few, among which their order decides."""
    matcher = SequenceMatcher(b=key)

    def closeness(entry: SkillEntry, quick: bool) -> float:
        found = []
        for spelling in (entry.key, *map(canonical, entry.aliases)):
            matcher.set_seq1(spelling)
            found.append(matcher.quick_ratio() if quick else matcher.ratio())
        return max(found)

    few = sorted(entries, key=lambda entry: -closeness(entry, quick=True))[:SHORTLIST]
    return sorted(few, key=lambda entry: (-closeness(entry, quick=False), entry.name))[:NEAREST]


def embed_words() -> int:
    """The job: vectors for every skill and every waiting word that has none; how many were made."""
    names = {entry.key: entry.name for entry in vocabulary().skills.values()} | dict(queue().values_list("key", "name"))
    there = set(WordVector.objects.filter(model=embedding.MODEL).values_list("key", flat=True))
    missing = [(key, name) for key, name in names.items() if key not in there]
    for start in range(0, len(missing), embedding.BATCH):
        batch = missing[start : start + embedding.BATCH]
        vectors = embedding.child.encode([name for _, name in batch])
        rows = [WordVector(key=key, vector=made.tobytes(), model=embedding.MODEL) for (key, _), made in zip(batch, vectors, strict=True)]
        WordVector.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=["vector", "model"])
    return len(missing)


# --- What a curator says ---


def decide(curator: Member, word_id: str, *, act: str, of: str = "") -> str:
    """`act` is accept (into the category `of`), alias (of the skill `of`), reject or wait. What was done, in a sentence.

    Raises NotFound, Invalid.
    """
    try:
        word = UnknownSkill.objects.filter(pk=word_id).first()
    except ValidationError:
        word = None
    acts: dict[str, Callable[[Member, UnknownSkill], str]] = {
        "accept": partial(accept, of=of),
        "alias": partial(alias, of=of),
        "reject": reject,
        "wait": wait,
    }
    if word is None or act not in acts:
        raise NotFound
    return acts[act](curator, word)


def accept(curator: Member, word: UnknownSkill, of: str) -> str:
    category = Skill.objects.filter(slug=of, category=None).first()
    if category is None:
        raise Invalid.field("category", "Choose a category.")
    with matrix.publication(curator, f"Accepted {word.name}"):
        save(Skill(name=word.name, category=category))
        word.delete()
    return f"{word.name} is a skill of {category.name} now."


def alias(curator: Member, word: UnknownSkill, of: str) -> str:
    skill = Skill.objects.filter(slug=of).first()
    if skill is None:
        raise Invalid.field("skill", "There is no such skill.")
    with matrix.publication(curator, f"{word.name} means {skill.name}"):
        save(SkillAlias(name=word.name, skill=skill))
        word.delete()
    return f"{word.name} means {skill.name} now."


def save(row: Skill | SkillAlias) -> None:
    try:
        row.full_clean(exclude=["key", "slug"])
        row.save()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None


def reject(curator: Member, word: UnknownSkill) -> str:
    """It stays on the profiles that have it, counts nowhere, and waits no more."""
    word.rejected_at = timezone.now()
    word.save(update_fields=["rejected_at"])
    return f"{word.name} is rejected: it stays where it is written and counts nowhere."


def wait(curator: Member, word: UnknownSkill) -> str:
    word.rejected_at = None
    word.save(update_fields=["rejected_at"])
    return f"{word.name} waits again."
