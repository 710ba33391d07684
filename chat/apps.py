from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import chores, logs, receivers

        receivers.connect()
        chores.register()
        logs.hide_tickets()
