"""The staff's site."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ops import limits
from ops.addresses import address_of


class AllivAdminSite(admin.AdminSite):
    site_header = "Alliv staff"
    site_title = "Alliv staff"
    index_title = "What needs doing"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's own, counted as every other sign-in is."""
        if request.method == "POST":
            address = address_of(request)
            limits.take("login_address", address)
            limits.take("login", f"{request.POST.get('username', '').strip().lower()} {address}")
        return super().login(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """The page of every member: there a new password also ends all other sessions."""
        return redirect("settings-account")
