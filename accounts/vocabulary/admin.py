"""Where staff keep the words."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.vocabulary.models import Field, FieldGroup, Skill, SkillAlias, UnknownSkill


class AliasInline(admin.TabularInline[SkillAlias, Skill]):
    model = SkillAlias
    extra = 1


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin[Skill]):
    list_display = ["name", "category", "slug"]
    list_filter = [("category", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["category"]
    search_fields = ["name", "aliases__name"]
    inlines = [AliasInline]


@admin.register(Field)
class FieldAdmin(admin.ModelAdmin[Field]):
    list_display = ["name", "slug"]
    search_fields = ["name"]
    filter_horizontal = ["groups"]


@admin.register(FieldGroup)
class FieldGroupAdmin(admin.ModelAdmin[FieldGroup]):
    list_display = ["name", "slug"]


@admin.register(UnknownSkill)
class UnknownSkillAdmin(admin.ModelAdmin[UnknownSkill]):
    """To be looked at: the queue of the matrix editor is where they are decided about."""

    list_display = ["name", "created_at", "rejected_at"]
    search_fields = ["name"]
    readonly_fields = ["name", "key", "created_at", "rejected_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
