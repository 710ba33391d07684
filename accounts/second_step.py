"""The step between a right password and a browser session, for members with a second factor."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare

from accounts import passkey_site, signin
from accounts.forms import OtpForm
from accounts.mfa import services as mfa
from accounts.models import Member
from ops.errors import Problem

WAITING = "waiting_for_code"
PATIENCE_SECONDS = 600


def enter(request: HttpRequest, member: Member, onward: str) -> HttpResponse:
    """Signs the browser in and leads `onward`, by way of the code's page where the member has a second factor."""
    if not mfa.is_on(member):
        signin.sign_in_browser(request, member)
        return redirect(onward)
    # The password's fingerprint: a password changed meanwhile ends the wait.
    request.session[WAITING] = [str(member.pk), member.get_session_auth_hash(), time.time(), onward]
    return redirect("login-code")


def waiting(request: HttpRequest) -> tuple[Member, str] | None:
    """Who has shown the right password in this browser a moment ago, and where they want to go."""
    member_id, fingerprint, since, onward = request.session.get(WAITING) or ("", "", 0.0, "")
    if time.time() - since > PATIENCE_SECONDS:
        return None
    member = Member.objects.filter(pk=member_id).first()
    if member is None or not member.in_standing or not constant_time_compare(fingerprint, member.get_session_auth_hash()):
        return None
    return member, onward


def login_code(request: HttpRequest) -> HttpResponse:
    """The page that asks for the code."""
    found = waiting(request)
    if found is None:
        return redirect("login")
    member, onward = found
    form = OtpForm(request.POST or None)
    if form.is_valid():
        try:
            mfa.demand(member, form.cleaned_data["otp"])
        except Problem as problem:
            form.add_error("otp", problem.detail)
        else:
            request.session.pop(WAITING, None)
            signin.sign_in_browser(request, member)
            return redirect(onward)
    context = {"form": form, "factors": mfa.factors(member), **passkey_site.where(request)}
    return render(request, "accounts/login_code.html", context, status=400 if form.is_bound else 200)
