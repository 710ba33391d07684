"""The staff's site."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import second_step, staff
from accounts.mfa import services as mfa
from accounts.models import Member
from accounts.pages import own_path
from accounts.views import member_of
from ops import limits
from ops.addresses import address_of
from ops.errors import Invalid


class CodeWanted(Exception):
    """The password is right, and this member has a second factor."""

    def __init__(self, member: Member) -> None:
        self.member = member


class StaffForm(AdminAuthenticationForm):
    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)  # type: ignore[arg-type]
        if isinstance(user, Member) and mfa.is_on(user):
            raise CodeWanted(user)


def check_ids(rows: admin.ModelAdmin[Any], request: HttpRequest) -> None:
    """Django asks the database for whatever ids the form of a list names. Raises Invalid for those that can be no row's."""
    key = rows.model._meta.pk
    try:
        for named in request.POST.getlist(ACTION_CHECKBOX_NAME):
            key.run_validators(key.to_python(named))
    except ValidationError:
        raise Invalid("This list has no such row.") from None


class AllivAdminSite(admin.AdminSite):
    login_form = StaffForm
    site_header = "Alliv staff"
    site_title = "Alliv staff"
    index_title = "What needs doing"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from alliv.staff_home import home  # looks into every app, and this module is read before there are any

        return super().index(request, {**home(member_of(request)), **(extra_context or {})})

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and staff.may_work(member_of(request))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        rows = getattr(view, "__self__", None)
        if not isinstance(rows, admin.ModelAdmin):
            return super().admin_view(view, cacheable)

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            check_ids(rows, request)
            return view(request, *args, **kwargs)

        return super().admin_view(checked, cacheable)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's own, counted as every other sign-in is, with the same second step. Who lacks a factor that is demanded is led to it."""
        if super().has_permission(request) and staff.lacks_second_factor(member_of(request)):
            messages.warning(request, _("Staff sign in with a second factor: switch yours on first."))
            return redirect("settings-security")
        if request.method == "POST":
            address = address_of(request)
            limits.take("login_address", address)
            limits.take("login", f"{request.POST.get('username', '').strip().lower()} {address}")
        try:
            return super().login(request, extra_context)
        except CodeWanted as wanted:
            onward = own_path(request, request.POST.get("next") or request.GET.get("next", ""))
            return second_step.enter(request, wanted.member, onward or reverse("admin:index"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """The page of every member: there a new password also ends all other sessions."""
        return redirect("settings-security")
