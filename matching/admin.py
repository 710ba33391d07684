"""Where staff curate the knowledge behind the score. Every save and deletion here is a published version."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.views import member_of
from matching import matrix
from matching.models import Boost, FieldSynergy, Match, MatrixVersion, Pair, SkillPair, Swipe, Weights
from ops.lists import QuickList


class PairAdmin(admin.ModelAdmin[Any]):
    """A table of unordered pairs."""

    value_name = "score"
    readonly_fields = ["updated_at", "updated_by"]

    def save_model(self, request: HttpRequest, obj: Pair, form: forms.ModelForm[Any], change: bool) -> None:
        matrix.save_pair(obj, self.value_name, actor=member_of(request))

    def delete_model(self, request: HttpRequest, obj: Pair) -> None:
        matrix.delete_pair(obj, self.value_name, actor=member_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for pair in queryset:
            self.delete_model(request, pair)


@admin.register(SkillPair)
class SkillPairAdmin(PairAdmin):
    list_display = ["skill_a", "skill_b", "score", "updated_at", "updated_by"]
    list_select_related = ["skill_a", "skill_b", "updated_by"]
    search_fields = ["skill_a__name", "skill_b__name"]
    autocomplete_fields = ["skill_a", "skill_b"]


@admin.register(FieldSynergy)
class FieldSynergyAdmin(PairAdmin):
    list_display = ["field_a", "field_b", "score", "updated_at", "updated_by"]
    list_select_related = ["field_a", "field_b", "updated_by"]
    search_fields = ["field_a__name", "field_b__name"]
    autocomplete_fields = ["field_a", "field_b"]


@admin.register(Boost)
class BoostAdmin(PairAdmin):
    value_name = "points"
    list_display = ["group_a", "group_b", "points", "updated_at", "updated_by"]
    list_select_related = ["group_a", "group_b", "updated_by"]


@admin.register(Weights)
class WeightsAdmin(admin.ModelAdmin[Weights]):
    """The one row: changed, never added or deleted."""

    def save_model(self, request: HttpRequest, obj: Weights, form: forms.ModelForm[Any], change: bool) -> None:
        matrix.save_weights(obj, actor=member_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Weights | None = None) -> bool:
        return False


class ReadOnly(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(MatrixVersion)
class MatrixVersionAdmin(ReadOnly):
    """The versions: append-only. What each changed is shown by the matrix editor."""

    withheld = ("changes",)
    list_display = ["number", "created_at", "actor", "reason", "summary"]
    list_select_related = ["actor"]

    @admin.display(description="Changes")
    def summary(self, version: MatrixVersion) -> str:
        rows = [f"{' × '.join(change['key']) or change['table']}: {change['before']} → {change['after']}" for change in version.changes[:3]]
        return "; ".join(rows)


@admin.register(Swipe, Match)
class LogAdmin(QuickList[Any], ReadOnly):
    list_display = ["id", "created_at"]
    ordering = ["-id"]
    sortable_by = ()
