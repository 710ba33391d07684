from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "accounts.privacy"
    verbose_name = "Privacy"

    def ready(self) -> None:
        from accounts.privacy import parts, receivers

        parts.register()
        receivers.connect()
