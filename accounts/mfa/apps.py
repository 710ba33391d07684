from django.apps import AppConfig


class MfaConfig(AppConfig):
    name = "accounts.mfa"
    verbose_name = "Second factors"
