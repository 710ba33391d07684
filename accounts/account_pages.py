"""The settings page of the account itself: taking one's data along, and leaving."""

from django.contrib.auth import logout as end_browser_session
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import services, sessions
from accounts.forms import BodyForm, PasswordForm
from accounts.privacy import services as privacy
from accounts.views import member_of
from ops import limits
from ops.errors import Problem


@login_required
def account(request: HttpRequest) -> HttpResponse:
    if request.POST.get("do") == "export":
        limits.take("exports", limits.key_of(request))
        privacy.request_export(member_of(request))
        return redirect("settings-account")
    form = PasswordForm(request.POST if request.POST.get("do") == "delete" else None)
    if form.is_valid() and left(request, form):
        return redirect("home")
    return page(request, form)


def left(request: HttpRequest, form: BodyForm) -> bool:
    """Whether the account is gone; a wrong password becomes an error of the form."""
    member, password = member_of(request), form.accepted()["password"]
    try:
        services.prove_password(member, password)
    except Problem as problem:
        form.add_error("password", problem.detail)
        return False
    end_browser_session(request)
    services.erase_member(member)
    return True


def page(request: HttpRequest, form: BodyForm) -> HttpResponse:
    member = member_of(request)
    export = privacy.export_of(member)
    session = sessions.open_session(request.session.get(sessions.BROWSER_KEY))
    context = {
        "email": member.email,
        "delete_form": form,
        "export": export,
        "export_link": privacy.link_for(export, session) if export else None,
    }
    return render(request, "settings/account.html", context, status=400 if form.is_bound else 200)
