"""Mail and jobs for staff."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ops import jobs
from ops.lists import QuickList
from ops.models import Job, Mail
from ops.withholding import Withholding


@admin.register(Mail)
class MailAdmin(QuickList[Mail], Withholding[Mail]):
    """What went out and what did not; texts hold codes and are not shown. Searched by the whole address."""

    withheld = ("text", "html", "unsubscribe")
    list_display = ["purpose", "to", "status", "attempts", "created_at", "sent_at"]
    list_filter = ["status"]
    ordering = ["-id"]
    sortable_by = ()
    exact_search = ("to",)
    fields = ("purpose", "to", "subject", "status", "attempts", "error", "created_at", "sent_at", "message_id")
    readonly_fields = fields
    actions = ["send_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Send again")
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        for mail in queryset.exclude(status=Mail.Status.SENT):  # what was sent is empty now
            mail.status, mail.created_at, mail.handed_over = Mail.Status.WAITING, timezone.now(), 0
            mail.save(update_fields=["status", "created_at", "handed_over"])
            jobs.promise("ops.outbox.send", str(mail.id), queue="emails")


@admin.register(Job)
class JobAdmin(QuickList[Job]):
    """When a job is done may be changed, what it does may not: a task is the name of a function, and any function would do."""

    list_display = ["task", "queue", "status", "attempts", "due_at", "error"]
    list_filter = ["status"]
    ordering = ["-id"]
    sortable_by = ()
    exact_search = ("request_id",)
    readonly_fields = ["queue", "task", "arguments", "request_id", "traceparent", "error", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
