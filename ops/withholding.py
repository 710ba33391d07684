"""Columns that the staff's site keeps to itself."""

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

M = TypeVar("M", bound=Model)


class Withholding(admin.ModelAdmin[M]):
    """Neither shows the `withheld` columns nor answers questions about them: Django's lists take any column of their own as a filter, and
    `?text__contains=…` tells a code as surely as the page would."""

    withheld: tuple[str, ...]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.partition("__")[0] not in self.withheld and super().lookup_allowed(lookup, value, request)
