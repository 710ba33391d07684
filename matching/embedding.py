"""Profile texts become vectors: in a job, by a child process, only when a text changed.

The model needs 440 MB and a second to load; neither belongs in a process that answers requests. Until it has answered,
every score takes the neutral value.
"""

import atexit
import contextlib
import hashlib
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import Profile
from matching.features import DIMENSIONS
from matching.models import Embedding
from matching.ranking import loading
from ops import jobs

MODEL = "all-MiniLM-L6-v2"
BATCH = 64
log = logging.getLogger("alliv.embedding")


# --- Texts ---


def profile_text(profile: Profile) -> str:
    """What the model reads: the member's own sentences, empty when there are none."""
    parts = [profile.headline, profile.bio, ", ".join(profile.interests)]
    return "\n".join(part for part in parts if part)


def text_hash(text: str) -> str:
    """Decides with the model's name whether a vector is still the text's own."""
    return hashlib.sha256(f"{MODEL}\n{text}".encode()).hexdigest()


# --- The child process ---


class Child:
    """The model's process: started at the first text, one request at a time, started again if it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """n × 384 float32 rows of length 1. Raises RuntimeError when the child dies over it."""
        with self._lock:
            process = self._started()
            assert process.stdin is not None
            process.stdin.write(json.dumps(list(texts)).encode() + b"\n")
            process.stdin.flush()
            return np.frombuffer(self._answer(process), "<f4").reshape(len(texts), DIMENSIONS)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.stop()  # of one that died, the pipes are still open
            log.info("loading the embedding model")
            self._process = subprocess.Popen(
                [sys.executable, "-m", "matching.embedding_child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=settings.BASE_DIR
            )
            self._answer(self._process)
            atexit.register(self.stop)
        return self._process

    def _answer(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout
        head = process.stdout.readline()
        if not head:
            raise RuntimeError(f"the embedding process ended with status {process.wait()}")
        return process.stdout.read(int(head))

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            for pipe in filter(None, (process.stdin, process.stdout)):
                with contextlib.suppress(BrokenPipeError):  # what it never read is flushed once more
                    pipe.close()
            process.wait(timeout=10)


child = Child()


# --- The job ---


def request_embedding(sender: Any, member_ids: list[UUID], **kwargs: Any) -> None:
    """A profile changed: one waiting job reads whatever is out of date. Receiver of `profile_changed`."""
    if settings.EMBEDDINGS_ENABLED:
        jobs.promise("matching.embedding.embed_outdated", once=True)


def embed_outdated(progress: Callable[[int], object] = lambda done: None) -> int:
    """Gives every profile whose text is newer than its vector a new one; how many were made."""
    made = 0
    for batch in outdated():
        save(batch, child.encode([text for _, text in batch]))
        made += len(batch)
        progress(made)
    return made


def outdated() -> Iterator[list[tuple[Profile, str]]]:
    """Batches of (profile, text) whose vector is missing or older than the profile, and really of another text."""
    rest = stale_profiles()
    while rows := list(rest[:BATCH]):
        rest = stale_profiles().filter(member_id__gt=rows[-1].pk)  # on, even past one that cannot be settled
        texts = [(profile, profile_text(profile)) for profile in rows]
        current = dict(Embedding.objects.filter(member_id__in=[profile.pk for profile in rows]).values_list("member_id", "text_hash"))
        settled = [(profile, text) for profile, text in texts if not text or current.get(profile.pk) == text_hash(text)]
        settle(settled)
        if new := [row for row in texts if row not in settled]:
            yield new


def stale_profiles() -> QuerySet[Profile]:
    never = Q(member__embedding=None) & (~Q(headline="") | ~Q(bio="") | ~Q(interests=[]))
    return Profile.objects.filter(never | Q(member__embedding__profile_version__lt=F("version"))).order_by("member_id")


@transaction.atomic
def settle(rows: list[tuple[Profile, str]]) -> None:
    """Profiles that changed elsewhere keep their vector; those without any text lose it."""
    gone = [profile.pk for profile, text in rows if not text]
    for profile, text in rows:
        if text:
            Embedding.objects.filter(member_id=profile.pk).update(profile_version=profile.version)
    if gone and Embedding.objects.filter(member_id__in=gone).delete()[0]:
        loading.note_change(Embedding, gone)


@transaction.atomic
def save(batch: list[tuple[Profile, str]], vectors: npt.NDArray[np.float32]) -> None:
    # A member may have closed their account while the model was reading.
    there = set(Profile.objects.filter(pk__in=[profile.pk for profile, _ in batch]).values_list("pk", flat=True))
    rows = [
        Embedding(member_id=profile.pk, vector=vector.tobytes(), text_hash=text_hash(text), model=MODEL, profile_version=profile.version)
        for (profile, text), vector in zip(batch, vectors, strict=True)
        if profile.pk in there
    ]
    Embedding.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["member"], update_fields=["vector", "text_hash", "model", "profile_version"]
    )
    loading.note_change(Embedding, [row.member_id for row in rows])


def is_reading(profile: Profile) -> bool:
    """Whether the vector of this profile's text is still to come."""
    if not settings.EMBEDDINGS_ENABLED or not profile_text(profile):
        return False
    return not Embedding.objects.filter(member_id=profile.pk, text_hash=text_hash(profile_text(profile))).exists()
