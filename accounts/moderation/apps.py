from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "accounts.moderation"
    verbose_name = "Moderation"

    def ready(self) -> None:
        from accounts.moderation import receivers

        receivers.connect()
