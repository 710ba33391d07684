"""Members for staff: looked up, looked at, verified; passwords and tokens never."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import services
from accounts.models import Member, Profile
from accounts.signals import profile_changed
from accounts.staff import has_say_over
from ops.lists import QuickList
from ops.withholding import Withholding

# The library's tables that are never filled: providers come from settings, addresses are the members'.
for unused in (EmailAddress, SocialApp, SocialToken):
    admin.site.unregister(unused)


class ProfileInline(admin.StackedInline[Profile, Member]):
    model = Profile
    can_delete = False
    readonly_fields = ["version", "updated_at", "cell"]


@admin.register(Member)
class MemberAdmin(QuickList[Member], Withholding[Member]):
    """Searched by the beginning of an address or a name."""

    withheld = ("password",)
    list_display = ["email", "joined_at", "email_verified_at", "is_staff", "is_active", "suspended_at"]
    list_filter = ["is_staff", "is_active"]
    prefix_search = ("email", "profile__name")
    sortable_by = ("email", "joined_at")
    exclude = ["password", "last_login"]
    filter_horizontal = ["groups", "user_permissions"]
    readonly_fields = ["joined_at", "suspended_at", "suspended_until"]  # decided in the reports queue, and audited there
    inlines = [ProfileInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        """Only who has every right may give rights."""
        rights = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups", "user_permissions"]
        return [*super().get_readonly_fields(request, obj), *rights]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # members sign up; staff are made with `manage.py create_staff`

    def has_change_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or has_say_over(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or has_say_over(request.user, obj))

    def save_related(self, request: HttpRequest, form: forms.ModelForm[Any], formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        profile_changed.send(Profile, member_ids=[form.instance.pk])
        if form.instance.is_suspended or not form.instance.is_active:
            services.log_out_everywhere(form.instance)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Who may delete a member deletes what hangs on them, also what nobody may delete alone."""
        listed, counts, _, protected = super().get_deleted_objects(objs, request)
        missing = {str(self.opts.verbose_name) for member in objs if not self.has_delete_permission(request, member)}
        return listed, counts, missing, protected

    def delete_model(self, request: HttpRequest, obj: Member) -> None:
        services.erase_member(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        for member in queryset:
            services.erase_member(member)
