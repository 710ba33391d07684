from django.contrib.admin.apps import AdminConfig


class AllivAdminConfig(AdminConfig):
    default_site = "alliv.admin.AllivAdminSite"
