from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import bench, chores, logs, privacy, receivers
        from ops import benching

        receivers.connect()
        chores.register()
        privacy.register()
        logs.hide_queries()
        benching.bench("chat", bench.run)
