from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import chores, logs, privacy, receivers

        receivers.connect()
        chores.register()
        privacy.register()
        logs.hide_queries()
