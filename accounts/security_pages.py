"""The settings page of what keeps others out: password, second factor, where one is signed in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout as end_browser_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import passkey_pages, passkey_site, services, sessions
from accounts.forms import BodyForm, ChangePasswordForm, CodeForm, PasskeyForm, PasswordForm, SwitchOffForm
from accounts.mfa import passkeys
from accounts.mfa import services as mfa
from accounts.models import Member, Session
from accounts.passwords import weaknesses
from accounts.views import member_of
from ops.errors import Problem

Act = Callable[[HttpRequest, BodyForm], HttpResponse | None]
FORMS: dict[str, type[BodyForm]] = {
    "password": ChangePasswordForm,
    "confirm": CodeForm,
    "renew": PasswordForm,
    "switch_off": SwitchOffForm,
    "passkey": PasskeyForm,
}
# Where the sentence of a refusal belongs.
FIELDS = {"wrong_password": "password", "invalid_code": "code"}


@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    action = request.POST.get("do", "")
    if action in BUTTONS:
        return BUTTONS[action](request)
    # Several forms share names of fields: their ids may not.
    forms = {name: form(request.POST if name == action else None, auto_id=f"{name}-%s") for name, form in FORMS.items()}
    form = forms.get(action)
    done = attempt(request, action, form) if form is not None and form.is_valid() else None
    return done or page(request, forms)


def attempt(request: HttpRequest, action: str, form: BodyForm) -> HttpResponse | None:
    """What came of it; None when it was refused, which the form then says."""
    try:
        return ACTS[action](request, form)
    except Problem as problem:
        field = FIELDS.get(problem.code)
        form.add_error("old" if action == "password" else field, problem.detail)
        return None


# --- With a form ---


def change_password(request: HttpRequest, form: BodyForm) -> HttpResponse | None:
    member, values = member_of(request), form.accepted()
    if weak := weaknesses(values["new"], member.email):
        form.add_error("new", weak)
        return None
    current = sessions.open_session(request.session.get(sessions.BROWSER_KEY))
    services.change_password(member, old=values["old"], new=values["new"], keep=current)
    update_session_auth_hash(request, member)
    messages.success(request, _("Your new password counts from now on."))
    return redirect("settings-security")


def confirm(request: HttpRequest, form: BodyForm) -> HttpResponse:
    return told_once(request, mfa.confirm_totp(member_of(request), form.accepted()["code"]))


def renew(request: HttpRequest, form: BodyForm) -> HttpResponse:
    services.prove_password(member_of(request), form.accepted()["password"])
    return told_once(request, mfa.renew_recovery_codes(member_of(request)))


def told_once(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "settings/recovery_codes.html", {"codes": codes})


def switch_off(request: HttpRequest, form: BodyForm) -> HttpResponse:
    services.prove_password(member_of(request), form.accepted()["password"])
    mfa.switch_off_totp(member_of(request), form.accepted()["code"])
    messages.success(request, _("Your authenticator app is off."))
    return redirect("settings-security")


def add_passkey(request: HttpRequest, form: BodyForm) -> HttpResponse:
    values = form.accepted()
    codes = passkey_pages.finish_adding(request, name=values["name"], credential=values.get("credential", ""))
    messages.success(request, _("Your passkey opens your account from now on."))
    return told_once(request, codes) if codes else redirect("settings-security")


# --- With a button ---


def begin(request: HttpRequest) -> HttpResponse:
    mfa.begin_totp(member_of(request))
    return redirect("settings-security")


def end_session(request: HttpRequest) -> HttpResponse:
    sessions.end(own_session(member_of(request), request.POST.get("session", "")), member_of(request).pk)
    return redirect("settings-security")


def own_session(member: Member, session_id: str) -> QuerySet[Session]:
    rows = [row.pk for row in sessions.open_sessions(member) if str(row.pk) == session_id]
    return Session.objects.filter(pk__in=rows)


def log_out_everywhere(request: HttpRequest) -> HttpResponse:
    services.log_out_everywhere(member_of(request))
    end_browser_session(request)
    return redirect("login")


def change_passkey(request: HttpRequest) -> HttpResponse:
    """One passkey's row has two buttons: another name, or away with it."""
    member, passkey = member_of(request), own_passkey(request)
    try:
        if request.POST["do"] == "remove_passkey":
            services.prove_password(member, request.POST.get("password", ""))
            passkeys.remove(member, passkey)
        else:
            passkeys.rename(member, passkey, request.POST.get("name", "").replace("\x00", "").strip()[:60] or _("Passkey"))
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect("settings-security")


def own_passkey(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("passkey", ""))
    except ValueError:
        raise Http404 from None


ACTS: dict[str, Act] = {"password": change_password, "confirm": confirm, "renew": renew, "switch_off": switch_off, "passkey": add_passkey}
BUTTONS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "begin": begin,
    "end_session": end_session,
    "logout_all": log_out_everywhere,
    "rename_passkey": change_passkey,
    "remove_passkey": change_passkey,
}


def page(request: HttpRequest, forms: dict[str, BodyForm]) -> HttpResponse:
    member, current = member_of(request), request.session.get(sessions.BROWSER_KEY)
    rows = [
        {"id": str(row.pk), "device": row.device, "place": row.place, "last_used": row.last_used_at, "current": str(row.pk) == current}
        for row in sessions.open_sessions(member)
    ]
    app_on = mfa.has_app(member)
    context: dict[str, Any] = {
        "sessions": rows,
        "email": member.email,
        "forms": forms,
        "has_password": member.has_usable_password(),
        "app_on": app_on,
        "passkeys": passkeys.passkeys_of(member),
        "setup": None if app_on else mfa.pending_setup(member),
        **passkey_site.where(request),
        "codes_left": mfa.recovery_codes_left(member),
    }
    refused = any(form.is_bound for form in forms.values())
    return render(request, "settings/security.html", context, status=400 if refused else 200)
