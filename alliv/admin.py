"""The staff's site."""

from django.contrib import admin


class AllivAdminSite(admin.AdminSite):
    site_header = "Alliv staff"
    site_title = "Alliv staff"
    index_title = "What needs doing"
