"""Texts become vectors in a child process; with the real model, and without it where only the bookkeeping counts."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from accounts import services as accounts
from accounts.models import Member
from matching import embedding
from matching.models import Embedding
from ops import jobs
from ops.models import Job
from tests.factories import MemberFactory
from tests.support import api, change

pytestmark = pytest.mark.django_db


class Reader:
    """Stands in for the child: a vector for each text, and a note of what was asked."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> Any:
        self.read += texts
        vectors = np.zeros((len(texts), 384), "<f4")
        vectors[:, 0] = 1
        return vectors


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Reader:
    settings.EMBEDDINGS_ENABLED = True
    stand_in = Reader()
    monkeypatch.setattr(embedding, "child", stand_in)
    return stand_in


def semantic(viewer: Member, other: Member) -> dict[str, Any]:
    parts = api(viewer).get(f"/api/compatibility/{other.pk}").json()["explanation"]
    part: dict[str, Any] = next(part for part in parts if part["factor"] == "semantic")
    return part


@pytest.mark.integration
class TestBookkeeping:
    def test_a_text_is_read_once(self, reader: Reader, ana: Member) -> None:
        assert embedding.embed_outdated() == 1
        assert embedding.embed_outdated() == 0
        assert reader.read == ["Builds calm software\n" + ana.profile.bio + "\nclimbing"]

    def test_a_change_elsewhere_in_the_profile_reads_nothing(self, reader: Reader, ana: Member) -> None:
        embedding.embed_outdated()
        accounts.save_profile(ana, {"city": "Porto"})
        assert embedding.embed_outdated() == 0
        assert len(reader.read) == 1
        assert not embedding.stale_profiles().exists()

    def test_a_changed_text_is_read_again(self, reader: Reader, ana: Member) -> None:
        embedding.embed_outdated()
        accounts.save_profile(ana, {"headline": "Builds boats"})
        assert embedding.embed_outdated() == 1
        assert reader.read[-1].startswith("Builds boats\n")
        assert Embedding.objects.get().text_hash == embedding.text_hash(reader.read[-1])

    def test_who_takes_the_words_back_loses_the_vector(self, reader: Reader, ana: Member) -> None:
        embedding.embed_outdated()
        accounts.save_profile(ana, {"headline": "", "bio": "", "interests": []})
        assert embedding.embed_outdated() == 0
        assert not Embedding.objects.exists()

    def test_who_says_nothing_is_not_read(self, reader: Reader) -> None:
        MemberFactory(profile__headline="", profile__bio="", profile__interests=[])
        assert (embedding.embed_outdated(), reader.read) == (0, [])

    def test_many_are_read_in_batches_and_counted(self, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedding, "BATCH", 2)
        MemberFactory.create_batch(5)
        progress: list[int] = []
        assert embedding.embed_outdated(progress.append) == 5
        assert progress == [2, 4, 5]

    def test_who_leaves_while_the_model_reads_is_left_out(self, reader: Reader, ana: Member, ben: Member, monkeypatch: Any) -> None:
        real = reader.encode
        monkeypatch.setattr(reader, "encode", lambda texts: (ben.delete(), real(texts))[1])
        embedding.embed_outdated()
        assert Embedding.objects.get().member_id == ana.pk

    def test_changes_wait_in_one_job(self, reader: Reader, ana: Member, ben: Member) -> None:
        Job.objects.all().delete()
        for member in (ana, ben):
            accounts.save_profile(member, {"headline": "Builds boats"})
        assert [job.task for job in Job.objects.all()] == ["matching.embedding.embed_outdated"]

    def test_switched_off_nothing_is_promised(self, reader: Reader, ana: Member, settings: Any) -> None:
        settings.EMBEDDINGS_ENABLED = False
        Job.objects.all().delete()
        accounts.save_profile(ana, {"headline": "Builds boats"})
        assert not Job.objects.exists()
        assert not embedding.is_reading(ana.profile)

    def test_a_model_that_does_not_start_leaves_the_job_for_later(
        self, ana: Member, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.EMBEDDINGS_ENABLED = True
        broken = embedding.Child()
        monkeypatch.setattr(embedding, "child", broken)
        with monkeypatch.context() as without:
            without.setattr(sys, "executable", shutil.which("false"))
            Job.objects.all().delete()
            accounts.save_profile(ana, {"headline": "Builds boats"})
            jobs.run_due()
        broken.stop()
        job = Job.objects.get()
        assert (job.status, job.attempts, job.error) == ("waiting", 1, "RuntimeError: the embedding process ended with status 1")
        assert semantic(ana, MemberFactory())["value"] == 0.5

    def test_a_page_knows_whether_a_text_is_still_being_read(self, reader: Reader, ana: Member) -> None:
        assert embedding.is_reading(ana.profile)
        embedding.embed_outdated()
        assert not embedding.is_reading(ana.profile)


@pytest.fixture(scope="module")
def child() -> Iterator[embedding.Child]:
    """The real model in its process, loaded once for this file."""
    made = embedding.Child()
    yield made
    made.stop()


@pytest.mark.slow
class TestTheModel:
    def test_texts_become_unit_vectors_that_tell_meaning(self, child: embedding.Child) -> None:
        texts = ["I build small web shops", "E-commerce sites for little companies", "Deep sea fishing with my uncle", "", "Ελένη 佐藤 🦊"]
        vectors = child.encode(texts)
        assert (vectors.shape, vectors.dtype) == ((5, 384), np.float32)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
        likeness = vectors @ vectors.T
        assert likeness[0, 1] > likeness[0, 2] + 0.2
        assert child.encode(texts[:1])[0] == pytest.approx(vectors[0], abs=1e-5)

    def test_a_text_longer_than_the_model_reads_is_read_as_far_as_it_goes(self, child: embedding.Child) -> None:
        assert np.linalg.norm(child.encode(["word " * 5000])) == pytest.approx(1, abs=1e-5)

    def test_a_killed_process_is_started_again(self, child: embedding.Child) -> None:
        before = child.encode(["boats"])
        assert child._process is not None
        killed = child._process
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(10)
        assert child.encode(["boats"]) == pytest.approx(before, abs=1e-5)
        assert child._process.pid != killed.pid

    def test_words_get_their_meaning_through_the_job(
        self, child: embedding.Child, ana: Member, ben: Member, settings: Any, monkeypatch: pytest.MonkeyPatch, committed: Callable[[], Any]
    ) -> None:
        settings.EMBEDDINGS_ENABLED = True
        monkeypatch.setattr(embedding, "child", child)
        change(ben, headline="", bio="", interests=[])
        jobs.run_due()
        alone = semantic(ana, ben)
        with committed():
            accounts.save_profile(ben, {"bio": "Small tools for small teams, finished with care.", "interests": ["climbing"]})
        jobs.run_due()
        near = semantic(ana, ben)
        accounts.save_profile(ben, {"bio": "Tax law of shipping companies in the nineteenth century.", "interests": ["opera"]})
        jobs.run_due()
        far = semantic(ana, ben)
        assert len({alone["value"], near["value"], far["value"]}) == 3
        assert near["value"] > far["value"]
        mine = Embedding.objects.get(member=ana)
        accounts.save_profile(ana, {"city": "Porto"})
        jobs.run_due()
        assert Embedding.objects.get(member=ana).vector == mine.vector
        assert not Job.objects.exists()
