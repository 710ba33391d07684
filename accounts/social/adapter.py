"""Where django-allauth's OAuth flow ends and our own sign-in begins.

The library keeps state and PKCE, talks to the provider and reads its answer. Its accounts, forms and sessions are not used: before it
would sign anybody in, it asks `pre_social_login`, and that never comes back.
"""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.social import pages
from accounts.social.services import Identity


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """Nothing of what the provider tells is kept but its id; the name is offered in the form for new members."""
        sociallogin.account.extra_data = {}
        sociallogin.name = data.get("name") or " ".join(filter(None, [data.get("first_name"), data.get("last_name")]))
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        verified = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
        account = sociallogin.account
        identity = Identity(account.provider, account.uid, verified[0] if verified else "", str(sociallogin.name)[:80])
        raise ImmediateHttpResponse(pages.arrive(request, identity, sociallogin.state.get("next") or ""))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        messages.error(request, _("That did not work. Please try again, or sign in with your password."))
        raise ImmediateHttpResponse(redirect("login"))
