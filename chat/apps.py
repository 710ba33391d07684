from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import bench, chores, logs, places, privacy, receivers
        from ops import benching

        receivers.connect()
        chores.register()
        privacy.register()
        logs.hide_queries()
        benching.bench("chat", bench.run)
        post_migrate.connect(places.prepare, sender=self)
