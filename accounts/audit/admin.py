"""The audit, to be read."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.audit.models import Entry
from ops.lists import QuickList


@admin.register(Entry)
class EntryAdmin(QuickList[Entry]):
    """Searched by the whole address of whoever did it or whom it was about, by the id of a row, or by that of a request."""

    list_display = ["created_at", "actor", "act", "what", "about", "path", "request_id"]
    list_filter = ["act"]
    list_select_related = ["actor", "subject"]
    fields = ("created_at", "actor", "act", "what", "object_id", "subject", "path", "request_id", "was", "became")
    readonly_fields = fields
    exact_search = ("request_id", "object_id", "actor__email", "subject__email")
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="About")
    def about(self, entry: Entry) -> str:
        if entry.subject is None:
            return entry.object_id
        return format_html('<a href="{}">{}</a>', reverse("admin:accounts_member_change", args=[entry.subject_id]), entry.subject.email)

    @admin.display(description="Before")
    def was(self, entry: Entry) -> str:
        return pretty(entry.before)

    @admin.display(description="After")
    def became(self, entry: Entry) -> str:
        return pretty(entry.after)


def pretty(value: Any) -> str:
    return "" if value is None else format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
