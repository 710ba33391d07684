"""Passkeys in a browser: what its device is asked, and signing in with what it answers."""

import time
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import second_step, services, signin
from accounts.forms import PasskeyForm, sentences
from accounts.mfa import passkeys
from accounts.models import Member
from accounts.pages import own_path
from accounts.passkey_site import site_of
from accounts.views import member_of
from ops import limits
from ops.addresses import address_of
from ops.errors import Problem

STATE = "passkey_asked"
PATIENCE_SECONDS = 300


def asked(request: HttpRequest, whom: Member | None, question: dict[str, Any], state: passkeys.State) -> JsonResponse:
    """Asks, and keeps what the answer has to fit, for one answer of this browser."""
    request.session[STATE] = {**state, "of": str(whom.pk) if whom else ""}
    return JsonResponse(question)


def taken(request: HttpRequest, whom: Member | None) -> passkeys.State:
    """What was asked last. Raises InvalidPasskey when that was long ago, of somebody else, or is answered already."""
    state: passkeys.State = request.session.pop(STATE, {})
    if time.time() - state.get("since", 0) > PATIENCE_SECONDS or state.pop("of", None) != (str(whom.pk) if whom else ""):
        raise passkeys.InvalidPasskey
    return state


@never_cache
@require_POST
@login_required
def adding(request: HttpRequest) -> HttpResponse:
    """After a look at the password: a session left open somewhere is no place to leave a key behind."""
    member, form = member_of(request), PasskeyForm(request.POST)
    try:
        if not form.is_valid():
            return JsonResponse({"detail": " ".join(sentences(dict(form.errors)))}, status=400)
        services.prove_password(member, form.accepted()["password"])
        return asked(request, member, *passkeys.begin_adding(member, site_of(request)))
    except Problem as problem:
        return JsonResponse({"detail": problem.detail}, status=problem.status)


def finish_adding(request: HttpRequest, *, name: str, credential: str) -> list[str]:
    """The recovery codes, if these are the first. Raises InvalidPasskey, TooManyPasskeys."""
    member = member_of(request)
    return passkeys.finish_adding(member, site_of(request), taken(request, member), credential, name=name)


@never_cache
@require_POST
def using(request: HttpRequest) -> HttpResponse:
    """For the second step of whoever has shown a password; for anybody else, for the whole way in."""
    try:
        limits.take("login_address", address_of(request))
    except Problem as problem:
        return JsonResponse({"detail": problem.detail}, status=problem.status)
    found = second_step.waiting(request)
    member = found[0] if found else None
    return asked(request, member, *passkeys.begin_using(member, site_of(request)))


@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    limits.take("login_address", address_of(request))
    found = second_step.waiting(request)
    waiting, onward = found or (None, own_path(request, request.POST.get("next", "")) or "discover")
    try:
        member = passkeys.finish_using(waiting, site_of(request), taken(request, waiting), request.POST.get("credential", ""))
        signin.check_standing(member)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("login-code" if found else "login")
    request.session.pop(second_step.WAITING, None)
    signin.sign_in_browser(request, member)
    return redirect(onward)
