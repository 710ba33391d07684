"""Signing in with somebody else's word, in a browser: off to the provider, back again, and one form for who is new."""

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.github.views import oauth2_callback as github_callback
from allauth.socialaccount.providers.google.views import oauth2_callback as google_callback
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import second_step
from accounts.forms import SocialSignupForm
from accounts.pages import own_path
from accounts.signin import sign_in_browser
from accounts.social import services
from accounts.social.providers import NAMES, is_configured
from accounts.social.services import Identity, NoVerifiedEmail
from ops import limits
from ops.addresses import address_of
from ops.errors import Problem

CALLBACKS = {"google": google_callback, "github": github_callback}
ARRIVED = "arrived_from_provider"


def authorization_url(request: HttpRequest, provider: str, onward: str = "") -> str:
    """Where the browser has to go. State and PKCE's verifier wait in its session. Raises Http404 for a provider that is not configured."""
    if not is_configured(provider):
        raise Http404
    return str(get_adapter().get_provider(request, provider).redirect(request, process="login", next_url=onward)["Location"])


@require_POST
def begin(request: HttpRequest, provider: str) -> HttpResponse:
    limits.take("login_address", address_of(request))
    return redirect(authorization_url(request, provider, own_path(request, request.POST.get("next", "")) or ""))


def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Where the provider sends the browser back to; the library's view, which ends in `arrive`."""
    if not is_configured(provider):
        raise Http404
    limits.take("login_address", address_of(request))
    return CALLBACKS[provider](request)  # type: ignore[no-any-return]


def arrive(request: HttpRequest, identity: Identity, onward: str) -> HttpResponse:
    """Signs a known member in, by way of the second factor; leads a new one to the form that asks for the age."""
    try:
        if not identity.email:
            raise NoVerifiedEmail
        member = services.member_of(identity)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("login")
    if member is None:
        request.session[ARRIVED] = identity.as_dict()
        return redirect("social-finish")
    return second_step.enter(request, member, onward or "discover")


def finish(request: HttpRequest) -> HttpResponse:
    """What a provider does not tell: a date of birth. There is no account before it."""
    waiting = request.session.get(ARRIVED)
    if waiting is None:
        return redirect("login")
    identity = Identity(**waiting)
    form = SocialSignupForm(request.POST or None, initial={"name": identity.name})
    if form.is_valid():
        limits.take("register", address_of(request))
        try:
            member = services.register(identity, **form.accepted())
        except Problem as problem:
            form.add_error(None, problem.detail)
        else:
            del request.session[ARRIVED]
            sign_in_browser(request, member)
            messages.success(request, _("Welcome to Alliv."))
            return redirect("onboarding")
    context = {"form": form, "email": identity.email, "provider": NAMES[identity.provider]}
    return render(request, "accounts/social_finish.html", context, status=400 if form.is_bound else 200)
