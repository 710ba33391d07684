"""The pages of accounts: signing up, verifying, signing in and out."""

from django.contrib import messages
from django.contrib.auth import logout as end_browser_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import passkey_site, second_step, services, signin
from accounts.forms import EmailForm, LoginForm, ResetForm, SignupForm, VerifyForm
from accounts.permissions import EmailNotVerified
from accounts.social import providers
from ops import limits
from ops.addresses import address_of
from ops.errors import Problem

PENDING = "pending_email"


def signup(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("discover")
    form = SignupForm(request.POST or None)
    if form.is_valid():
        limits.take("register", address_of(request))
        services.register(**form.accepted())
        request.session[PENDING] = form.accepted()["email"]
        return redirect("verify")
    context = {"form": form, "providers": providers.configured()}
    return render(request, "accounts/signup.html", context, status=400 if form.is_bound else 200)


def verify(request: HttpRequest) -> HttpResponse:
    form = VerifyForm(request.POST or None, initial={"email": request.session.get(PENDING, "")})
    if form.is_valid():
        limits.take("codes", address_of(request))
        try:
            member = services.verify_email(**form.accepted())
        except Problem as problem:
            form.add_error("code", problem.detail)
        else:
            request.session.pop(PENDING, None)
            return second_step.enter(request, member, "onboarding")
    context = {"form": form, "email": request.session.get(PENDING, "")}
    return render(request, "accounts/verify.html", context, status=400 if form.is_bound else 200)


@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    limits.take("codes", address_of(request))
    services.resend_verification_code(request.POST.get("email", "").replace("\x00", "") or request.session.get(PENDING, ""))
    messages.success(request, _("If this address waits for a code, one is on its way. One mail a minute."))
    return redirect("verify")


def login(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(after_login(request))
    form = LoginForm(request.POST or None)
    if form.is_valid():
        try:
            limits.take("login_address", address_of(request))
            limits.take("login", f"{form.accepted()['email']} {address_of(request)}")
            member = signin.check_password(form.accepted()["email"], form.accepted()["password"])
        except EmailNotVerified:
            request.session[PENDING] = form.accepted()["email"]
            services.resend_verification_code(form.accepted()["email"])
            messages.info(request, _("Verify your e-mail address first: we have sent you a code."))
            return redirect("verify")
        except Problem as problem:
            form.add_error(None, problem.detail)
        else:
            return second_step.enter(request, member, after_login(request))
    context = {"form": form, "next": request.GET.get("next", ""), "providers": providers.configured(), **passkey_site.where(request)}
    return render(request, "accounts/login.html", context, status=400 if form.is_bound else 200)


def after_login(request: HttpRequest) -> str:
    """Where the visitor wanted to go, when that is a page of ours."""
    return own_path(request, request.POST.get("next") or request.GET.get("next", "")) or "discover"


def own_path(request: HttpRequest, wanted: str) -> str | None:
    """`wanted` when it leads to a page of ours. A bare word does not: a redirect would take it for a page's name."""
    fine = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if fine and wanted.startswith("/") else None


def reset(request: HttpRequest) -> HttpResponse:
    form = EmailForm(request.POST or None)
    if form.is_valid():
        limits.take("codes", address_of(request))
        services.request_password_reset(form.accepted()["email"])
        request.session[PENDING] = form.accepted()["email"]
        return redirect("reset-confirm")
    return render(request, "accounts/reset.html", {"form": form}, status=400 if form.is_bound else 200)


def reset_confirm(request: HttpRequest) -> HttpResponse:
    form = ResetForm(request.POST or None, initial={"email": request.session.get(PENDING, "")})
    if form.is_valid():
        limits.take("codes", address_of(request))
        try:
            services.reset_password(**form.accepted())
        except Problem as problem:
            form.add_error("code", problem.detail)
        else:
            request.session.pop(PENDING, None)
            messages.success(request, _("Your new password counts from now on."))
            member = signin.check_password(form.accepted()["email"], form.accepted()["password"])
            return second_step.enter(request, member, "discover")
    return render(request, "accounts/reset_confirm.html", {"form": form}, status=400 if form.is_bound else 200)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    end_browser_session(request)
    return redirect("home")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keeps the theme in a cookie: it belongs to the browser, not to the member."""
    wanted = request.POST.get("theme", "auto")
    back = request.headers.get("Referer", "")
    fine = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    response = redirect(back if fine else "home")
    response.set_cookie("theme", wanted if wanted in {"light", "dark"} else "auto", max_age=365 * 24 * 3600, samesite="Lax")
    return response
