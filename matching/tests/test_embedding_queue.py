"""Looking for texts that need a vector comes to an end, whatever profiles hold."""

from itertools import islice

import pytest

from accounts.models import Member
from matching import embedding
from tests.factories import MemberFactory
from tests.support import change

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_profile_that_only_seems_to_say_something_is_passed_by(ana: Member) -> None:
    odd = MemberFactory()
    change(odd, headline="", bio="", interests=[""])  # as staff can type it into the admin's JSON
    batches = list(islice(embedding.outdated(), 3))
    assert [[profile.pk for profile, _ in batch] for batch in batches] == [[ana.pk]]


def test_everybody_is_looked_at_once_in_batches(ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "BATCH", 2)
    members = [ana, *MemberFactory.create_batch(4)]
    seen = [profile.pk for batch in embedding.outdated() for profile, _ in batch]
    assert seen == sorted(member.pk for member in members)
