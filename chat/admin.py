"""Rooms for staff: who talks and how much. What was said is shown to moderators only, and only where somebody reported the other."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.audit import recording
from accounts.audit.models import Entry
from chat import moderation
from chat.models import Room
from ops.lists import QuickList


class Reported(admin.SimpleListFilter):
    title, parameter_name = "reported", "reported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "With an open report")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> QuerySet[Room]:
        return queryset.filter(pk__in=moderation.reported_room_ids()) if self.value() == "open" else queryset


@admin.register(Room)
class RoomAdmin(QuickList[Room]):
    """Searched by a member's whole address, or by the id of the room."""

    list_display = ["id_of", "one", "other", "last_position", "active_at", "closed_at"]
    list_filter = [Reported]
    list_select_related = ["match__member_a", "match__member_b"]
    ordering = ["-pk"]
    sortable_by = ()
    exact_search = ("memberships__member__email",)

    def found(self, term: str) -> set[Any]:
        room = moderation.room_by_id(term)
        return {room.pk} if room else super().found(term)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Room")
    def id_of(self, room: Room) -> str:
        return str(room.pk)

    @admin.display(description="Member")
    def one(self, room: Room) -> str:
        return room.match.member_a.email

    @admin.display(description="Member")
    def other(self, room: Room) -> str:
        return room.match.member_b.email

    @admin.display(description="Messages")
    def last_position(self, room: Room) -> int:
        return room.last_position

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        room = moderation.room_by_id(object_id)
        if room is None:
            raise Http404
        reports = list(moderation.reports_in(room))
        may_read = request.user.has_perm("chat.view_message") and bool(reports)
        said = moderation.messages_in(room) if may_read else []
        if may_read:
            recording.note(Entry.Act.READ, room, after={"messages": len(said), "reports": [str(report.pk) for report in reports]})
        context = {
            **self.admin_site.each_context(request),
            "title": "Room",
            "opts": self.opts,
            "room": room,
            "people": [room.match.member_a, room.match.member_b],
            "reports": reports,
            "may_read": may_read,
            "said": said,
        }
        return TemplateResponse(request, "admin/chat/room.html", context)
