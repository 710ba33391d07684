"""Signing in with Google and GitHub: the library's flow out and back, our own rules for who may come in."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.utils import timezone

from accounts.mfa.tests.apps import app_code
from accounts.models import Member, Session
from accounts.social import services
from accounts.social.tests.providers import CLIENT, Provider, serving
from ops.models import Mail
from tests.factories import MemberFactory, SecondFactorFactory
from tests.support import race, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

BOTH = ["google", "github"]
FORM = {"name": "Noor Haddad", "birthdate": "1991-04-02"}


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    app = {"APP": {"client_id": CLIENT, "secret": "hidden"}, "OAUTH_PKCE_ENABLED": True}
    settings.SOCIALACCOUNT_PROVIDERS = {"google": app, "github": app}
    made = Provider()
    with serving(made, monkeypatch):
        yield made


def sent_to(client: Client, name: str, **form: str) -> dict[str, str]:
    """What the browser takes along to the provider."""
    answer = client.post(f"/accounts/social/{name}/", form)
    assert answer.status_code == 302
    return {key: value[0] for key, value in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(client: Client, name: str = "github", **changes: str) -> Any:
    """There and back: the provider sends the browser home with a code and the state it was given."""
    asked = sent_to(client, name)
    return client.get(f"/accounts/social/{name}/callback/", {"code": "4/code", "state": asked["state"], **changes})


def signed_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


class TestUnconfigured:
    def test_nobody_is_listed_and_nothing_begins(self, stranger: Any) -> None:
        assert stranger.get("/api/auth/social/providers").json()["results"] == []
        for name in (*BOTH, "nonsense"):
            refused(stranger.post(f"/api/auth/social/{name}"), 404, "not_found")
            assert Client().post(f"/accounts/social/{name}/").status_code == 404
        assert Client().get("/accounts/social/google/callback/?code=x&state=y").status_code == 404

    def test_there_is_no_button(self, db: None) -> None:
        assert "Continue with" not in Client().get("/accounts/login/").content.decode()


class TestTheWayOut:
    def test_configured_ones_are_listed_and_have_a_button(self, provider: Provider, stranger: Any) -> None:
        assert stranger.get("/api/auth/social/providers").json()["results"] == [
            {"id": "google", "name": "Google"},
            {"id": "github", "name": "GitHub"},
        ]
        page = Client().get("/accounts/login/").content.decode()
        assert "Continue with Google" in page
        assert "Continue with GitHub" in page

    @pytest.mark.parametrize(
        ("name", "place"),
        [("google", "https://accounts.google.com/o/oauth2/v2/auth"), ("github", "https://github.com/login/oauth/authorize")],
    )
    def test_the_address_has_a_state_and_a_challenge_and_no_secret(self, name: str, place: str, provider: Provider, stranger: Any) -> None:
        address = stranger.post(f"/api/auth/social/{name}").json()["authorization_url"]
        assert address.startswith(place + "?")
        asked = parse_qs(urlsplit(address).query)
        assert asked["redirect_uri"] == [f"http://testserver/accounts/social/{name}/callback/"]
        assert asked["code_challenge_method"] == ["S256"]
        assert len(asked["state"][0]) >= 16
        assert "email" in asked["scope"][0]
        assert "hidden" not in address

    @pytest.mark.parametrize("name", BOTH)
    def test_the_code_is_exchanged_with_the_verifier_of_that_challenge(self, name: str, provider: Provider) -> None:
        client = Client()
        asked = sent_to(client, name)
        client.get(f"/accounts/social/{name}/callback/", {"code": "4/code", "state": asked["state"]})
        [exchange] = provider.exchanges
        digest = hashlib.sha256(exchange["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        assert (exchange["code"], exchange["client_secret"]) == ("4/code", "hidden")


class TestTheWayBack:
    @pytest.mark.parametrize("name", BOTH)
    def test_somebody_new_says_their_age_before_there_is_an_account(self, name: str, provider: Provider) -> None:
        client = Client()
        assert come_back(client, name)["Location"] == "/accounts/social/finish/"
        assert not Member.objects.exists()
        assert not signed_in(client)
        page = client.get("/accounts/social/finish/").content.decode()
        assert 'value="Noor Haddad"' in page
        assert "noor@example.org" in page
        assert client.post("/accounts/social/finish/", FORM)["Location"] == "/onboarding/"
        member = Member.objects.get()
        assert (member.email, member.is_verified, member.has_usable_password()) == ("noor@example.org", True, False)
        assert (member.profile.name, str(member.birthdate)) == ("Noor Haddad", "1991-04-02")
        assert signed_in(client)

    @pytest.mark.parametrize("wrong", [{"birthdate": "2020-01-01"}, {"birthdate": ""}, {"name": ""}])
    def test_without_a_good_age_and_name_there_is_none(self, wrong: dict[str, str], provider: Provider) -> None:
        client = Client()
        come_back(client)
        assert client.post("/accounts/social/finish/", {**FORM, **wrong}).status_code == 400
        assert not Member.objects.exists()

    def test_who_has_come_before_is_known_by_the_provider_s_id(self, ana: Member, provider: Provider) -> None:
        SocialAccount.objects.create(user=ana, provider="github", uid="4711")
        client = Client()
        assert come_back(client)["Location"] == "/discover/"
        assert Session.objects.get().member == ana
        assert not Mail.objects.exists()

    def test_the_same_id_of_another_provider_is_somebody_else(self, ana: Member, provider: Provider) -> None:
        SocialAccount.objects.create(user=ana, provider="google", uid="4711")
        assert come_back(Client())["Location"] == "/accounts/social/finish/"

    def test_a_verified_address_that_both_know_is_one_person_who_is_told(self, ana: Member, provider: Provider) -> None:
        provider.email = "Ana@Example.org"
        client = Client()
        assert come_back(client)["Location"] == "/discover/"
        assert signed_in(client)
        assert SocialAccount.objects.get().user == ana
        assert Mail.objects.get().subject == "Another way to sign in to Alliv"
        ana.refresh_from_db()
        assert ana.has_usable_password()

    def test_an_address_the_provider_has_not_verified_opens_nothing(self, ana: Member, provider: Provider) -> None:
        provider.email, provider.verified = ana.email, False
        client = Client()
        assert come_back(client)["Location"] == "/accounts/login/"
        assert "verify one there first" in client.get("/accounts/login/").content.decode()
        assert not SocialAccount.objects.exists()
        assert not Session.objects.exists()

    def test_who_took_the_address_without_proving_it_is_kept_out(self, provider: Provider) -> None:
        squatter = MemberFactory(email="noor@example.org", email_verified_at=None)
        client = Client()
        come_back(client)
        squatter.refresh_from_db()
        assert (squatter.is_verified, squatter.has_usable_password()) == (True, False)
        assert signed_in(client)

    @pytest.mark.parametrize("state", [{"suspended_at": timezone.now()}, {"is_active": False}])
    def test_who_may_not_sign_in_may_not_this_way(self, state: dict[str, Any], provider: Provider) -> None:
        MemberFactory(email="noor@example.org", **state)
        client = Client()
        assert come_back(client)["Location"] == "/accounts/login/"
        assert not Session.objects.exists()

    def test_a_second_factor_is_asked_for_here_too(self, ana: Member, provider: Provider) -> None:
        SecondFactorFactory(member=ana)
        provider.email = ana.email
        client = Client()
        assert come_back(client)["Location"] == "/accounts/login/code/"
        assert not signed_in(client)
        assert client.post("/accounts/login/code/", {"otp": app_code()})["Location"] == "/discover/"
        assert signed_in(client)

    def test_it_leads_where_one_wanted_to_go_and_to_no_other_site(self, ana: Member, provider: Provider) -> None:
        provider.email = ana.email
        for wanted, place in [("/matches/", "/matches/"), ("//evil.example", "/discover/")]:
            client = Client()
            asked = sent_to(client, "github", next=wanted)
            assert client.get("/accounts/social/github/callback/", {"code": "c", "state": asked["state"]})["Location"] == place

    def test_nothing_of_the_provider_is_kept_but_its_id(self, ana: Member, provider: Provider) -> None:
        provider.email = ana.email
        come_back(Client(), "google")
        kept = SocialAccount.objects.get()
        assert (kept.uid, kept.extra_data) == ("4711", {})
        assert not SocialToken.objects.exists()


class TestWhatIsNotOurs:
    def test_another_browser_s_state_opens_nothing(self, ana: Member, provider: Provider) -> None:
        """Somebody who sends a victim home with the code of their own account."""
        provider.email = ana.email
        asked = sent_to(Client(), "github")
        victim = Client()
        answer = victim.get("/accounts/social/github/callback/", {"code": "c", "state": asked["state"]})
        assert (answer["Location"], provider.exchanges) == ("/accounts/login/", [])
        assert not signed_in(victim)

    @pytest.mark.parametrize("changes", [{"state": "nonsense"}, {"state": ""}, {"error": "access_denied"}, {"error": "server_error"}])
    def test_a_broken_return_says_so_on_the_sign_in_page(self, changes: dict[str, str], provider: Provider) -> None:
        client = Client()
        assert come_back(client, **changes)["Location"] == "/accounts/login/"
        assert "That did not work." in client.get("/accounts/login/").content.decode()
        assert provider.exchanges == []

    def test_a_state_serves_once(self, ana: Member, provider: Provider) -> None:
        provider.email = ana.email
        client = Client()
        asked = sent_to(client, "github")
        back = {"code": "c", "state": asked["state"]}
        assert client.get("/accounts/social/github/callback/", back)["Location"] == "/discover/"
        assert client.get("/accounts/social/github/callback/", back)["Location"] == "/accounts/login/"

    def test_a_provider_that_fails_is_no_failure_of_ours(self, provider: Provider) -> None:
        provider.refuses = True
        assert come_back(Client())["Location"] == "/accounts/login/"

    def test_the_form_for_new_members_is_for_who_came_from_a_provider(self, db: None) -> None:
        client = Client()
        assert client.get("/accounts/social/finish/")["Location"] == "/accounts/login/"
        assert client.post("/accounts/social/finish/", FORM)["Location"] == "/accounts/login/"
        assert not Member.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_a_form_sent_twice_at_once_makes_one_member(self) -> None:
        identity = services.Identity("github", "4711", "noor@example.org", "Noor")
        outcomes = race(*[partial(services.register, identity, name="Noor", birthdate=date(1991, 4, 2))] * 3)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AddressTaken", "AddressTaken", "Member"]
        assert (Member.objects.count(), SocialAccount.objects.count()) == (1, 1)

    def test_an_address_taken_meanwhile_is_not_taken_over(self, provider: Provider) -> None:
        client = Client()
        come_back(client)
        MemberFactory(email="noor@example.org")
        answer = client.post("/accounts/social/finish/", FORM)
        assert answer.status_code == 400
        assert "has an account by now" in answer.content.decode()
        assert Member.objects.count() == 1
