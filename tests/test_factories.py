"""Every model has a factory, and the cast is who it says."""

import pytest
from django.apps import apps
from factory.django import DjangoModelFactory

from accounts import selectors
from accounts.models import Member
from tests import factories

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

OURS = (
    "accounts", "audit", "chat", "curation", "legacy", "matching", "media", "mfa", "moderation", "ops", "privacy", "trust", "vocabulary",
)  # fmt: skip
FACTORIES = {
    made._meta.model: made
    for made in vars(factories).values()
    if isinstance(made, type) and issubclass(made, DjangoModelFactory) and made is not DjangoModelFactory
}


def test_every_model_has_a_factory() -> None:
    models = {model for label in OURS for model in apps.get_app_config(label).get_models() if not model._meta.proxy}
    assert set(FACTORIES) == models


@pytest.mark.parametrize("model", FACTORIES, ids=lambda model: model.__name__)
def test_a_factory_makes_a_row(model: type) -> None:
    needed = {"Profile": {"member": lambda: factories.MemberFactory(profile=None)}, "Presence": {"member": factories.MemberFactory}}
    if model.__name__ == "Weights":
        model.objects.all().delete()
    row = FACTORIES[model](**{name: make() for name, make in needed.get(model.__name__, {}).items()})
    assert model.objects.filter(pk=row.pk).exists()


def test_ana_ben_and_cleo_are_listed_and_sam_is_not(ana: Member, ben: Member, cleo: Member, sam: Member) -> None:
    assert [selectors.is_listed(member.profile) for member in (ana, ben, cleo, sam)] == [True, True, True, False]
