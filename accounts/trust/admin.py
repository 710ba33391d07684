"""What trust is made of, to be looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.trust.models import Fact
from ops.lists import QuickList


@admin.register(Fact)
class FactAdmin(QuickList[Fact]):
    """Append-only: staff decide about people in the reports queue, and facts follow."""

    list_display = ["member", "kind", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["member"]
    ordering = ["-id"]
    sortable_by = ()
    exact_search = ("member__email",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
