"""The settings page of the account itself: password, sessions, leaving."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout as end_browser_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import services, sessions
from accounts.forms import BodyForm, ChangePasswordForm, DeleteAccountForm
from accounts.models import Member, Session
from accounts.passwords import weaknesses
from accounts.privacy import services as privacy
from ops import limits
from ops.errors import Problem


@login_required
def account(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, Member)
    action = request.POST.get("do", "")
    if action == "logout_all":
        services.log_out_everywhere(request.user)
        end_browser_session(request)
        return redirect("login")
    if action == "end_session":
        sessions.end(own_session(request, request.POST.get("session", "")), request.user.pk)
        return redirect("settings-account")
    if action == "export":
        limits.take("exports", limits.key_of(request))
        privacy.request_export(request.user)
        return redirect("settings-account")
    password_form = ChangePasswordForm(request.POST if action == "password" else None)
    delete_form = DeleteAccountForm(request.POST if action == "delete" else None)
    if password_form.is_valid() and tried(password_form, "old", lambda: change_password(request, password_form)):
        messages.success(request, _("Your new password counts from now on."))
        return redirect("settings-account")
    if delete_form.is_valid() and tried(delete_form, "password", lambda: leave(request, delete_form)):
        return redirect("home")
    return page(request, password_form, delete_form)


def own_session(request: HttpRequest, session_id: str) -> Any:
    rows = [row.pk for row in sessions.open_sessions(request.user) if str(row.pk) == session_id]  # type: ignore[arg-type]
    return Session.objects.filter(pk__in=rows)


def tried(form: BodyForm, field: str, act: Any) -> bool:
    """Whether the act went through; its refusal becomes an error of the form."""
    try:
        act()
    except Problem as problem:
        form.add_error(field, problem.detail)
    return not form.errors


def change_password(request: HttpRequest, form: BodyForm) -> None:
    assert isinstance(request.user, Member)
    values = form.accepted()
    if weak := weaknesses(values["new"], request.user.email):
        form.add_error("new", weak)
        return
    current = sessions.open_session(request.session.get(sessions.BROWSER_KEY))
    services.change_password(request.user, old=values["old"], new=values["new"], keep=current)
    update_session_auth_hash(request, request.user)


def leave(request: HttpRequest, form: BodyForm) -> None:
    assert isinstance(request.user, Member)
    member = request.user
    services.prove_password(member, form.accepted()["password"])
    end_browser_session(request)
    services.close_account(member, password=form.accepted()["password"])


def page(request: HttpRequest, password_form: BodyForm, delete_form: BodyForm) -> HttpResponse:
    assert isinstance(request.user, Member)
    current = request.session.get(sessions.BROWSER_KEY)
    rows = [
        {"id": str(row.pk), "device": row.device, "last_used": row.last_used_at, "current": str(row.pk) == current}
        for row in sessions.open_sessions(request.user)
    ]
    export = privacy.export_of(request.user)
    context = {
        "sessions": rows,
        "email": request.user.email,
        "password_form": password_form,
        "delete_form": delete_form,
        "export": export,
        "export_link": privacy.link_for(export, sessions.open_session(current)) if export else None,
    }
    refused = password_form.is_bound or delete_form.is_bound
    return render(request, "settings/account.html", context, status=400 if refused else 200)
