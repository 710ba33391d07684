from django.apps import AppConfig


class LegacyConfig(AppConfig):
    name = "ops.legacy"
    verbose_name = "Imports"
