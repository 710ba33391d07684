from django.apps import AppConfig


class TrustConfig(AppConfig):
    name = "accounts.trust"
    verbose_name = "Trust"

    def ready(self) -> None:
        from accounts.trust import receivers

        receivers.connect()
