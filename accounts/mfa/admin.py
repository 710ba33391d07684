"""Second factors for staff: who has one, and a way to take them off for a member who lost theirs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.mfa import services
from accounts.mfa.models import Passkey, SecondFactor
from accounts.staff import has_say_over
from ops.withholding import Withholding


class FactorAdmin(Withholding[Any]):
    """Deleting one switches off all that its member has, with the recovery codes, and tells the member."""

    list_select_related = ["member"]
    search_fields = ["member__email"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SecondFactor | Passkey | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or has_say_over(request.user, obj.member))

    def delete_model(self, request: HttpRequest, obj: SecondFactor | Passkey) -> None:
        services.forget(obj.member)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for factor in queryset:
            services.forget(factor.member)


@admin.register(SecondFactor)
class SecondFactorAdmin(FactorAdmin):
    withheld = ("secret",)
    list_display = ["member", "created_at", "confirmed_at", "tries"]
    fields = ("member", "created_at", "confirmed_at", "tries", "tries_since")
    readonly_fields = fields


@admin.register(Passkey)
class PasskeyAdmin(FactorAdmin):
    withheld = ("credential", "credential_id")
    list_display = ["member", "name", "created_at", "last_used_at"]
    fields = ("member", "name", "created_at", "last_used_at", "sign_count")
    readonly_fields = fields
