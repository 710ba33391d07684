"""The staff's site."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


class AllivAdminSite(admin.AdminSite):
    site_header = "Alliv staff"
    site_title = "Alliv staff"
    index_title = "What needs doing"

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """The page of every member: there a new password also ends all other sessions."""
        return redirect("settings-account")
