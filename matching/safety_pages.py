"""The safety pages: whom you blocked, and telling staff about somebody."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import selectors as members
from accounts import services as accounts
from accounts.forms import BodyForm
from accounts.moderation.models import Report
from accounts.moderation.serializers import ReportBody
from accounts.views import member_of
from matching import safety as reach
from matching.pages import posted_id
from ops import limits
from ops.errors import NotFound, Problem


class ReportForm(BodyForm):
    body = ReportBody

    subject = forms.CharField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=gettext_lazy("What is wrong"), choices=Report.Reason.choices, widget=forms.RadioSelect)
    details = forms.CharField(
        label=gettext_lazy("What happened"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5, "minlength": 20}),
        help_text=gettext_lazy("20 characters at least. The more we know, the sooner we can decide."),
    )  # fmt: skip
    block = forms.BooleanField(label=gettext_lazy("Block them as well"), required=False)

    def to_body(self) -> dict[str, Any]:
        return {name: value for name, value in super().to_body().items() if name != "block"}


@login_required
def safety(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        accounts.unblock(member_of(request), posted_id(request, "member"))
        messages.success(request, _("Unblocked. You can see one another again."))
        return redirect("safety")
    return render(request, "safety/index.html", {"blocks": members.blocks_made(member_of(request))})


@login_required
def report(request: HttpRequest, member_id: UUID) -> HttpResponse:
    if member_id == member_of(request).pk:
        raise NotFound
    profile = reach.within_reach(member_of(request), member_id)
    form = ReportForm(
        {**request.POST.dict(), "subject": str(member_id)} if request.method == "POST" else None, initial={"subject": member_id}
    )
    if form.is_valid() and sent(request, form):
        messages.success(request, _("Thank you. People will look at it."))
        return redirect("safety")
    return render(request, "safety/report.html", {"form": form, "person": profile}, status=400 if form.is_bound else 200)


def sent(request: HttpRequest, form: ReportForm) -> bool:
    """Whether the report was taken; what refused it becomes the form's error."""
    values = form.accepted()
    try:
        limits.take("reports", limits.key_of(request))
        reach.report(member_of(request), values["subject"], reason=values["reason"], details=values["details"])
        if form.cleaned_data["block"]:
            reach.block(member_of(request), values["subject"])
    except Problem as problem:
        form.add_error(None, problem.detail)
    return not form.errors
