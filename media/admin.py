"""Photos in the staff's hands: looked at, hidden, shown again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from media import services
from media.models import Photo
from media.selectors import as_dict
from ops.lists import QuickList


@admin.register(Photo)
class PhotoAdmin(QuickList[Photo]):
    """Searched by the member's whole address."""

    list_display = ["picture", "of", "status", "alt", "created_at"]
    list_filter = ["status"]
    list_select_related = ["member"]
    fields = ("picture", "of", "status", "alt", "width", "height", "created_at")
    readonly_fields = fields
    ordering = ["-id"]
    sortable_by = ()
    exact_search = ("member__email",)
    actions = ["hide", "show"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Photo")
    def picture(self, photo: Photo) -> str:
        if photo.status == Photo.Status.PROCESSING:
            return "being made"
        return format_html(
            '<img src="{}" alt="{}" width="72" height="72" class="photo" loading="lazy">',
            as_dict(photo)["urls"]["thumb"],
            photo.alt or "No words",
        )

    @admin.display(description="Member")
    def of(self, photo: Photo) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:accounts_member_change", args=[photo.member_id]), photo.member.email)

    @admin.action(description="Hide from everybody", permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        self.report(request, services.hide_photos(queryset, hidden=True), "hidden")

    @admin.action(description="Show again", permissions=["change"])
    def show(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        self.report(request, services.hide_photos(queryset, hidden=False), "shown again")

    def report(self, request: HttpRequest, count: int, what: str) -> None:
        messages.success(request, f"{count} photo{'' if count == 1 else 's'} {what}.")
