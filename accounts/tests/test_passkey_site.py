"""Passkeys belong to a host with a name: pages know whether this one can have any."""

import pytest
from django.conf import settings
from django.test import RequestFactory

from accounts.models import Member
from accounts.passkey_site import site_of
from tests.browser import Browser

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


class TestWhere:
    @pytest.mark.parametrize(
        ("host", "elsewhere"),
        [
            ("127.0.0.1:8000", "http://localhost:8000"),
            ("[::1]:8000", "http://localhost:8000"),
            ("[::1]", "http://localhost"),
            ("192.0.2.7", ""),
        ],
    )
    def test_an_address_of_numbers_has_none_and_the_loopback_leads_to_its_name(
        self, host: str, elsewhere: str, ana: Member, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])
        browser = Browser(ana)
        for client, path in ((Browser().client, "/accounts/login/?next=/a/"), (browser.client, "/settings/security/")):
            page = client.get(path, headers={"host": host}).content.decode()
            assert 'data-module="passkey"' not in page
            assert (f'<a href="{elsewhere}{path}">localhost</a>' in page) is bool(elsewhere)
            assert 'data-module="passkey"' in client.get(path, headers={"host": "localhost:8000"}).content.decode()

    @pytest.mark.parametrize(
        ("host", "name"), [("[::1]:8000", "::1"), ("[::1]", "::1"), ("localhost:8000", "localhost"), ("testserver", "testserver")]
    )
    def test_a_host_is_told_from_its_port(self, host: str, name: str) -> None:
        site = site_of(RequestFactory().get("/", headers={"host": host}))
        assert site.host == name
        assert f"http://{host}" in site.origins
