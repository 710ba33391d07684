"""The queue of words that nobody knows: counted, close to something, decided about in one click, and then they count."""

from typing import Any

import numpy as np
import pytest

from accounts.models import Member
from accounts.vocabulary.models import Skill, UnknownSkill
from accounts.vocabulary.selectors import vocabulary
from matching import embedding
from matching.curation import unknown
from matching.curation.models import WordVector
from matching.curation.tests.cast import holds
from matching.features import DIMENSIONS
from matching.models import MatrixVersion
from matching.ranking.loading import population
from ops.models import Job
from tests.browser import Browser
from tests.support import api, change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def word(ana: Member, ben: Member) -> UnknownSkill:
    """Ana brings it, Ben looks for it, and somebody took it away again."""
    population()
    api(ana).patch("/api/me", {"skills": ["Python", "Djangoo"], "wanted_skills": ["Radiology"]})
    api(ben).patch("/api/me", {"wanted_skills": ["djangoo"]})
    return UnknownSkill.objects.get()


def skills_value(viewer: Member, other: Member) -> float:
    parts = api(viewer).get(f"/api/compatibility/{other.pk}").json()["explanation"]
    return float(next(part["value"] for part in parts if part["factor"] == "skills"))


def test_members_who_name_it_now_are_counted(word: UnknownSkill, ana: Member) -> None:
    assert unknown.counts([word]) == {"djangoo": 2}
    change(ana, skills=["Python"])
    assert unknown.counts([word]) == {"djangoo": 1}


def test_without_the_model_letters_say_what_is_close(word: UnknownSkill, settings: Any) -> None:
    settings.EMBEDDINGS_ENABLED = False
    assert unknown.described([word])[0].nearest[0].name == "Django"
    assert not Job.objects.filter(task=unknown.JOB).exists()


def test_with_it_meaning_does(word: UnknownSkill, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.EMBEDDINGS_ENABLED = True

    def encode(texts: list[str]) -> Any:
        """Djangoo means what Figma means."""
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for row, text in enumerate(texts):
            vectors[row, 0 if text in {"Djangoo", "Figma"} else 1 + row % 300] = 1
        return vectors

    monkeypatch.setattr(embedding.child, "encode", encode)
    unknown.described([word])
    assert Job.objects.filter(task=unknown.JOB).count() == 1
    assert unknown.embed_words() == len(vocabulary().skills) + 1
    assert unknown.described([word])[0].nearest[0].name == "Figma"
    assert unknown.embed_words() == 0
    word.delete()
    assert not WordVector.objects.filter(key="djangoo").exists()


def test_an_alias_counts_at_once_for_the_members_concerned(word: UnknownSkill, cora: Member, ana: Member, ben: Member) -> None:
    before = skills_value(ana, ben)
    browser = Browser(cora).open("/admin/matrix/unknown/")
    assert "Djangoo" in browser.text
    browser.press("Django")
    assert "Djangoo means Django now." in browser.text
    assert skills_value(ana, ben) != before
    assert api(ana).get("/api/me").json()["skills"] == ["Python", "Django"]
    assert api(ana).get("/api/me").json()["unknown_skills"] == []
    version = MatrixVersion.objects.first()
    assert (version.actor, version.reason) == (cora, "Djangoo means Django")
    assert holds()


def test_an_accepted_word_is_a_skill(word: UnknownSkill, cora: Member, ana: Member, ben: Member) -> None:
    before = skills_value(ana, ben)
    Browser(cora).open("/admin/matrix/unknown/").press("Accept", of="backend")
    assert Skill.objects.get(name="Djangoo").category.name == "Backend"
    assert not UnknownSkill.objects.exists()
    assert skills_value(ana, ben) != before
    assert MatrixVersion.objects.first().reason == "Accepted Djangoo"


def test_a_rejected_word_waits_no_more_however_often_it_is_named(word: UnknownSkill, cora: Member, cleo: Member) -> None:
    browser = Browser(cora).open("/admin/matrix/unknown/").press("Reject")
    assert "Nothing waits." in browser.text
    api(cleo).patch("/api/me", {"skills": ["Radiology", "Djangoo"]})
    assert "Nothing waits." in browser.open("/admin/matrix/unknown/").text
    browser.click("What was rejected").press("Let it wait")
    assert not UnknownSkill.objects.get().rejected_at


@pytest.mark.parametrize("sent", [{"do": "accept", "of": "python"}, {"do": "alias", "of": "nothing"}, {"do": "forget"}, {"word": "x"}])
def test_what_makes_no_sense_changes_nothing(sent: dict[str, str], word: UnknownSkill, cora: Member) -> None:
    browser = Browser(cora)
    browser.client.handler.enforce_csrf_checks = False
    answer = browser.client.post("/admin/matrix/unknown/", {"word": str(word.pk), "do": "accept", **sent})
    assert answer.status_code in {302, 400, 404}
    assert UnknownSkill.objects.filter(rejected_at=None).exists()
    assert MatrixVersion.objects.count() == 1
