from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import logs, receivers

        receivers.connect()
        logs.hide_tickets()
