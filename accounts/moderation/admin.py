"""The reports queue: who was reported, by whom, what they looked like then, and the four things staff can decide."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.models import Member
from accounts.moderation import selectors, services
from accounts.moderation.models import Case, Decision, Report
from accounts.trust.selectors import scores
from accounts.views import member_of
from ops.errors import Problem
from ops.lists import QuickList

MAX_DAYS = 3650


class DecisionForm(forms.Form):
    kind = forms.ChoiceField(label="Decision", choices=Decision.Kind.choices, widget=forms.RadioSelect)
    days = forms.IntegerField(
        label="Days", required=False, min_value=1, max_value=MAX_DAYS, help_text="How long a suspension lasts; empty: for good."
    )
    note = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="For other staff; the member does not see it."
    )

    def carry_out(self, subject: Member, actor: Member) -> Decision:
        """Raises Problem."""
        values = self.cleaned_data
        until = timezone.now() + timedelta(days=values["days"]) if values["days"] else None
        acts: dict[str, Callable[[], Decision]] = {
            Decision.Kind.DISMISS: lambda: services.dismiss(subject, actor=actor, note=values["note"]),
            Decision.Kind.WARN: lambda: services.warn(subject, actor=actor, note=values["note"]),
            Decision.Kind.SUSPEND: lambda: services.suspend(subject, actor=actor, until=until, note=values["note"]),
            Decision.Kind.LIFT: lambda: services.lift(subject, actor=actor, note=values["note"]),
        }
        return acts[values["kind"]]()


class LookedAt(admin.ModelAdmin[Any]):
    """Rows that are neither added nor deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(LookedAt):
    """Most credible first: by the trust of the distinct, established members who reported."""

    list_display = ["__str__", "open_reports", "credibility", "waiting_since"]
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        return selectors.cases()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-credibility", "waiting_since")

    @admin.display(description="Open reports")
    def open_reports(self, case: Any) -> int:
        return int(case.open_reports)

    @admin.display(description="Credibility")
    def credibility(self, case: Any) -> int:
        return int(case.credibility)

    @admin.display(description="Waiting since")
    def waiting_since(self, case: Any) -> Any:
        return case.waiting_since

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Any member's page, whether reports about them are open or not: a suspension may have to be lifted."""
        subject = self.get_object_of(request, object_id)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and self.has_change_permission(request, subject) and form.is_valid():
            try:
                form.carry_out(subject, member_of(request))
            except Problem as problem:
                form.add_error(None, problem.detail)
            else:
                messages.success(request, "Decided.")
                return redirect("admin:moderation_case_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Reports about {subject.email}",
            "opts": self.opts,
            "subject": subject,
            "trust": scores([subject.pk]).get(subject.pk),
            "reports": selectors.reports_about(subject),
            "decisions": selectors.decisions_about(subject),
            "form": form,
            "may_decide": self.has_change_permission(request, subject),
        }
        return TemplateResponse(request, "admin/moderation/case.html", context, status=400 if form.errors else 200)

    def get_object_of(self, request: HttpRequest, object_id: str) -> Member:
        try:
            subject = Member.objects.select_related("profile").get(pk=self.opts.pk.to_python(object_id))
        except (Member.DoesNotExist, forms.ValidationError):
            raise Http404 from None
        if not self.has_view_or_change_permission(request, subject):
            raise Http404
        return subject


@admin.register(Decision)
class DecisionAdmin(QuickList[Any], LookedAt):
    """What was decided: append-only."""

    list_display = ["created_at", "kind", "about", "until", "actor", "reports", "note"]
    list_filter = ["kind"]
    list_select_related = ["subject", "actor"]
    exact_search = ("subject__email",)
    sortable_by = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Member")
    def about(self, decision: Decision) -> str:
        if decision.subject is None:
            return "(left)"
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:moderation_case_change", args=[decision.subject_id]), decision.subject.email
        )


@admin.register(Report)
class ReportAdmin(QuickList[Any], LookedAt):
    """Every report there ever was; decided about in the queue of reported members."""

    list_display = ["created_at", "reason", "status", "subject", "reporter"]
    list_filter = ["status"]
    list_select_related = ["subject", "reporter"]
    fields = ("created_at", "reason", "status", "subject", "reporter", "details")
    readonly_fields = fields
    exact_search = ("subject__email", "reporter__email")
    sortable_by = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
