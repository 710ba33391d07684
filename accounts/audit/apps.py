from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "accounts.audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        from accounts.audit import receivers

        receivers.connect()
