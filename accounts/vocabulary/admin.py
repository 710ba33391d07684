"""Where staff keep the words."""

from django.contrib import admin

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
    list_display = ["name"]
    search_fields = ["name"]
