"""Second factors for staff: who has one, and a way to take one off for a member who lost theirs."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.mfa import services
from accounts.mfa.models import SecondFactor
from accounts.staff import has_say_over
from ops.withholding import Withholding


@admin.register(SecondFactor)
class SecondFactorAdmin(Withholding[SecondFactor]):
    """Deleting one switches it off, with its recovery codes, and tells the member."""

    withheld = ("secret",)
    list_display = ["member", "created_at", "confirmed_at", "tries"]
    list_select_related = ["member"]
    search_fields = ["member__email"]
    fields = ("member", "created_at", "confirmed_at", "tries", "tries_since")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SecondFactor | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or has_say_over(request.user, obj.member))

    def delete_model(self, request: HttpRequest, obj: SecondFactor) -> None:
        services.forget(obj.member)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SecondFactor]) -> None:
        for factor in queryset:
            services.forget(factor.member)
